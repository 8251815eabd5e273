//! Which addresses a message may go to.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use sandboxd_shared::domain::is_public;

/// Whether a message may go there: to the public internet and not back to this host.
pub(super) fn is_allowed(address: IpAddr) -> bool {
    is_public(address) && !is_own(address).unwrap_or(false)
}

/// Whether an address is this host's own. The kernel picks such an address as the source of what
/// is sent to it; connecting a datagram socket asks for the source and sends nothing.
fn is_own(address: IpAddr) -> io::Result<bool> {
    let any: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
    // The port doesn't matter to the route.
    socket.connect(SocketAddr::new(address, 9))?;
    Ok(socket.local_addr()?.ip() == address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_own_addresses_are_known_without_a_list() {
        assert!(is_own("127.0.0.1".parse().unwrap()).unwrap());
        // No interface has it; without any route the answer is an error, which is not "own".
        assert!(!is_own("192.0.2.77".parse().unwrap()).unwrap_or(false));
        assert!(!is_allowed("127.0.0.1".parse().unwrap()));
        assert!(!is_allowed("10.0.0.1".parse().unwrap()));
    }
}
