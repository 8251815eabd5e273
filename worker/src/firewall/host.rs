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

/// Whether the bridge is there and what passes over it is filtered, which is turned on if not.
pub(super) fn check(bridge: &str) -> Result<(), FirewallError> {
    let interfaces = std::fs::read_to_string(INTERFACES)
        .map_err(|error| FirewallError::Io("the host's interfaces can't be read", error))?;
    if !has_interface(&interfaces, bridge) {
        return Err(FirewallError::NoBridge(bridge.to_owned()));
    }
    for (setting, file) in BRIDGE_FILTERS {
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
