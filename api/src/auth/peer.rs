//! Where a request comes from.

use std::net::IpAddr;

/// The address of the client's end of the connection; where that is a proxy in front, what it says of
/// its client if it is a trusted one, and else its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl Peer {
    /// What attempts are counted by: an IPv6 host has a whole /64 to itself (RFC 6177).
    pub(super) fn network(self) -> IpAddr {
        match self.0.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
            v4 => v4,
        }
    }
}
