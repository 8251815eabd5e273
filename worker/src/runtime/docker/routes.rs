//! Whether a subnet is free on this host: the engine makes a network over a route that exists
//! without a word, and whatever was behind the route is gone.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// The kernel's routes (proc(5)), of this process' network namespace.
const ROUTES: &str = "/proc/self/net/route";

/// A route of another interface that `subnet` would cover or split, as `<network> on <interface>`.
pub(super) fn in_the_way(subnet: Ipv4Net, bridge: &str) -> Option<String> {
    // Where it can't be read there is nothing to compare with.
    find(&std::fs::read_to_string(ROUTES).unwrap_or_default(), subnet, bridge)
}

fn find(text: &str, subnet: Ipv4Net, bridge: &str) -> Option<String> {
    text.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (interface, net, mask) = (*fields.first()?, fields.get(1)?, fields.get(7)?);
        let net = Ipv4Net::with_netmask(address(net)?, address(mask)?).ok()?;
        let meets = net.contains(&subnet.network()) || subnet.contains(&net.network());
        // The default route covers everything.
        (meets && net.prefix_len() > 0 && interface != bridge)
            .then(|| format!("{net} on {interface}"))
    })
}

/// Hexadecimal digits of a number in the host's byte order.
fn address(text: &str) -> Option<Ipv4Addr> {
    Some(Ipv4Addr::from(u32::from_str_radix(text, 16).ok()?.to_ne_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_that_meets_the_subnet_is_found() {
        let text = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n\
            eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\n\
            tun0\t0000D50A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\n";
        let find = |subnet: &str, bridge| find(text, subnet.parse().unwrap(), bridge);
        assert_eq!(find("10.213.4.0/24", "b"), Some("10.213.0.0/16 on tun0".to_owned()));
        assert_eq!(find("10.0.0.0/8", "b"), Some("10.213.0.0/16 on tun0".to_owned()));
        assert_eq!(find("10.214.0.0/16", "b"), None);
        assert_eq!(find("10.213.0.0/16", "tun0"), None);
    }
}
