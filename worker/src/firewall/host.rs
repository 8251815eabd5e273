//! What of the host the rules rely on. All of it is of this process' network namespace, which has
//! to be the engine's.

use super::FirewallError;

/// Interfaces, one a line after two of headings (proc(5)).
const INTERFACES: &str = "/proc/self/net/dev";
/// Whether bridged packets pass the rules, for sandboxes on one bridge.
const BRIDGE_FILTERS: [(&str, &str); 2] = [
    ("net.bridge.bridge-nf-call-iptables", "/proc/sys/net/bridge/bridge-nf-call-iptables"),
    ("net.bridge.bridge-nf-call-ip6tables", "/proc/sys/net/bridge/bridge-nf-call-ip6tables"),
];

/// Where there is IPv6, its addresses (proc(5)).
const IPV6: &str = "/proc/self/net/if_inet6";

/// Whether this kernel has IPv6.
pub(super) fn has_ipv6() -> bool {
    std::path::Path::new(IPV6).exists()
}

/// Whether the bridge is there.
pub(super) fn has_bridge(bridge: &str) -> Result<bool, FirewallError> {
    let interfaces = std::fs::read_to_string(INTERFACES)
        .map_err(|error| FirewallError::Io("the host's interfaces can't be read", error))?;
    Ok(has_interface(&interfaces, bridge))
}

/// Makes sure that what passes over bridges is filtered.
pub(super) fn filter_bridges() -> Result<(), FirewallError> {
    let families = if has_ipv6() { 2 } else { 1 };
    for (setting, file) in BRIDGE_FILTERS.into_iter().take(families) {
        let fail = |source| FirewallError::BridgeUnfiltered { setting, source };
        if std::fs::read_to_string(file).map_err(fail)?.trim() != "1" {
            std::fs::write(file, "1").map_err(fail)?;
            tracing::warn!(setting, "was off and is on now");
        }
    }
    Ok(())
}

fn has_interface(text: &str, name: &str) -> bool {
    text.lines().any(|line| line.trim_start().split(':').next() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_is_told_from_one_that_begins_alike() {
        let text = "Inter-|   Receive\n face |bytes\n    lo: 1 2\nsandboxd01: 3 4\n";
        assert!(has_interface(text, "lo") && has_interface(text, "sandboxd01"));
        assert!(!has_interface(text, "sandboxd0"));
    }
}
