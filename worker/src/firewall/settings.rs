//! What the rules are made for.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// The sandboxes' subnet, unless the operator says another: 65,533 sandboxes of a node.
pub const DEFAULT_SUBNET: &str = "10.213.0.0/16";
/// Where the host's resolvers are read. The second is systemd-resolved's list of the real ones
/// (resolved.conf(5)) where the first names only its stub on loopback.
const RESOLV_CONF: [&str; 2] = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];
/// What Docker falls back to, too.
const FALLBACK_RESOLVERS: [Ipv4Addr; 2] = [Ipv4Addr::new(8, 8, 8, 8), Ipv4Addr::new(8, 8, 4, 4)];
/// The most resolvers; resolv.conf(5) reads no more.
pub const MAX_RESOLVERS: usize = 3;

/// What the rules are made for.
#[derive(Debug, Clone)]
pub struct FirewallSettings {
    /// The bridge of the sandboxes' network.
    pub bridge: String,
    /// Its subnet.
    pub subnet: Ipv4Net,
    /// Name servers that open sandboxes may ask, on port 53 only.
    pub resolvers: Vec<Ipv4Addr>,
    /// Private networks that sandboxes may reach, as far as their policy allows.
    pub allow_private: Vec<Ipv4Net>,
}

/// The bridge interface of a network: one name, so that its chains can be told from others'.
#[must_use]
pub fn bridge_name(network: &str) -> String {
    if network == "sandboxd" {
        return "sandboxd0".to_owned();
    }
    format!("sbx{}", &blake3::hash(network.as_bytes()).to_hex()[..8])
}

/// The name servers of this host that a sandbox can ask: not those on loopback.
#[must_use]
pub fn host_resolvers() -> Vec<Ipv4Addr> {
    for file in RESOLV_CONF {
        let found = parse_resolvers(&std::fs::read_to_string(file).unwrap_or_default());
        if !found.is_empty() {
            return found;
        }
    }
    FALLBACK_RESOLVERS.to_vec()
}

fn parse_resolvers(text: &str) -> Vec<Ipv4Addr> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("nameserver")?.trim().parse().ok())
        .filter(|address: &Ipv4Addr| !address.is_loopback() && !address.is_unspecified())
        .take(MAX_RESOLVERS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolvers_on_loopback_do_not_count() {
        let text = "# x\nsearch a\nnameserver 127.0.0.53\nnameserver ::1\n nameserver\t10.0.0.2\n";
        assert_eq!(parse_resolvers(text), [Ipv4Addr::new(10, 0, 0, 2)]);
        assert!(!host_resolvers().is_empty());
    }

    #[test]
    fn a_bridge_name_fits_an_interface() {
        assert_eq!(bridge_name("sandboxd"), "sandboxd0");
        let other = bridge_name("another-network-with-a-long-name");
        assert!(other.len() <= 15 && other != bridge_name("x"), "{other}");
    }
}
