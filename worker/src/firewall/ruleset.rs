//! The rules as text, in the form that iptables-save prints: what is wanted and what is there are
//! compared as they are.
//!
//! A packet from a sandbox passes `IN` if it is for this host, else `FW`: name servers and private
//! networks that the operator allows, then what nobody reaches, then `GR`, where each sandbox has
//! one rule. Grants are looked at for every packet and not only for new connections, so that a
//! policy that is made stricter also ends what is open.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::FirewallSettings;

/// What no sandbox reaches, beside the host itself: this network, private (RFC 1918), shared (RFC
/// 6598, where some clouds have their metadata service), loopback, link-local (RFC 3927, where
/// most have it), protocol assignments, benchmarks (RFC 2544), multicast and reserved.
const OUT_OF_REACH: [&str; 11] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

/// What answers who has begun a connection, and nothing that was begun the other way round while
/// there was no rule against it.
const ANSWERS: &str = "-m conntrack --ctstate RELATED,ESTABLISHED --ctdir REPLY";

/// Our chains, and the rules of other chains that lead to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ruleset {
    /// What all our chains' names begin with.
    pub(super) prefix: String,
    /// The rules of each of our chains.
    pub(super) chains: BTreeMap<String, Vec<String>>,
    /// Parent chain and rule.
    pub(super) hooks: Vec<(&'static str, String)>,
}

/// What one sandbox may reach. One that isn't there reaches nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grant {
    pub(super) address: Ipv4Addr,
    pub(super) access: Access,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    Open,
    Only(Vec<Opening>),
}

/// A destination of an allowlist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Opening {
    pub(super) net: Ipv4Net,
    pub(super) port: Option<u16>,
}

/// The first part of all our chains' names.
pub(super) fn prefix(bridge: &str) -> String {
    format!("SBX-{bridge}-")
}

pub(super) fn v4(settings: &FirewallSettings, grants: &[Grant]) -> Ruleset {
    let prefix = prefix(&settings.bridge);
    let (bridge, name) = (&settings.bridge, |chain: &str| format!("{prefix}{chain}"));
    let mut chains = BTreeMap::from([
        (name("IN"), vec![format!("{ANSWERS} -j ACCEPT"), format!("-g {}", name("NO"))]),
        (name("FW"), forward(settings, &prefix)),
        (
            name("NO"),
            vec![
                "-p tcp -j REJECT --reject-with tcp-reset".to_owned(),
                "-j REJECT --reject-with icmp-admin-prohibited".to_owned(),
            ],
        ),
    ]);
    let mut all = Vec::with_capacity(grants.len() + 1);
    for grant in grants {
        let source = format!("-s {}/32", grant.address);
        match &grant.access {
            Access::Open => all.push(format!("{source} -j RETURN")),
            Access::Only(openings) => {
                let own = name(&format!("{:08x}", u32::from(grant.address)));
                all.push(format!("{source} -g {own}"));
                chains.insert(own, only(openings, &name("NO")));
            }
        }
    }
    all.push(format!("-g {}", name("NO")));
    chains.insert(name("GR"), all);
    let hooks = vec![
        ("INPUT", format!("-i {bridge} -j {}", name("IN"))),
        ("DOCKER-USER", format!("-i {bridge} -j {}", name("FW"))),
        ("DOCKER-USER", format!("-o {bridge} -j {}", name("FW"))),
    ];
    Ruleset { prefix, chains, hooks }
}

fn forward(settings: &FirewallSettings, prefix: &str) -> Vec<String> {
    let (bridge, grants, no) =
        (&settings.bridge, format!("-g {prefix}GR"), format!("-g {prefix}NO"));
    let mut rules = vec![
        format!("-o {bridge} {ANSWERS} -j RETURN"),
        // Also from one sandbox to another: bridged packets pass here.
        format!("-o {bridge} -j DROP"),
        // Nobody but a sandbox has an address that a rule below knows.
        format!("! -s {} -j DROP", settings.subnet),
    ];
    for resolver in &settings.resolvers {
        for protocol in ["udp", "tcp"] {
            rules.push(format!("-d {resolver}/32 -p {protocol} -m {protocol} --dport 53 {grants}"));
        }
    }
    rules.push(format!("-d {} {no}", settings.subnet));
    rules.extend(settings.allow_private.iter().map(|net| format!("-d {net} {grants}")));
    rules.extend(OUT_OF_REACH.iter().map(|net| format!("-d {net} {no}")));
    rules.push(grants);
    rules
}

fn only(openings: &[Opening], no: &str) -> Vec<String> {
    let mut rules = Vec::with_capacity(openings.len() * 2 + 1);
    for Opening { net, port } in openings {
        // iptables-save doesn't print what matches everything.
        let to = if net.prefix_len() == 0 { String::new() } else { format!("-d {net} ") };
        match port {
            None => rules.push(format!("{to}-j RETURN")),
            Some(port) => rules.extend(
                ["tcp", "udp"].map(|p| format!("{to}-p {p} -m {p} --dport {port} -j RETURN")),
            ),
        }
    }
    rules.push(format!("-g {no}"));
    rules
}

/// Sandboxes have no IPv6: whatever of it comes from or goes to their bridge is dropped.
pub(super) fn v6(settings: &FirewallSettings) -> Ruleset {
    let prefix = prefix(&settings.bridge);
    let (bridge, drop) = (&settings.bridge, format!("{prefix}NO"));
    let hooks = vec![
        ("INPUT", format!("-i {bridge} -j {drop}")),
        ("FORWARD", format!("-i {bridge} -j {drop}")),
        ("FORWARD", format!("-o {bridge} -j {drop}")),
    ];
    let chains = BTreeMap::from([(drop, vec!["-j DROP".to_owned()])]);
    Ruleset { prefix, chains, hooks }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> FirewallSettings {
        FirewallSettings {
            bridge: "sandboxd0".to_owned(),
            subnet: "10.213.0.0/16".parse().unwrap(),
            resolvers: vec![Ipv4Addr::new(192, 168, 1, 1)],
            allow_private: vec!["10.9.0.0/24".parse().unwrap()],
        }
    }

    fn grant(last: u8, access: Access) -> Grant {
        Grant { address: Ipv4Addr::new(10, 213, 0, last), access }
    }

    #[test]
    fn the_rules_are_these() {
        let opening = |net: &str, port| Opening { net: net.parse().unwrap(), port };
        let openings = vec![
            opening("203.0.113.9/32", Some(443)),
            opening("192.0.2.0/24", None),
            opening("0.0.0.0/0", Some(22)),
        ];
        let grants = [grant(2, Access::Open), grant(3, Access::Only(openings))];
        let rules = v4(&settings(), &grants);
        let text: String = rules
            .chains
            .iter()
            .flat_map(|(chain, rules)| {
                rules.iter().map(move |rule| format!("{}: {rule}\n", &chain[14..]))
            })
            .collect();
        assert_eq!(text, include_str!("ruleset.txt"));
        assert_eq!(
            rules.hooks,
            [
                ("INPUT", "-i sandboxd0 -j SBX-sandboxd0-IN".to_owned()),
                ("DOCKER-USER", "-i sandboxd0 -j SBX-sandboxd0-FW".to_owned()),
                ("DOCKER-USER", "-o sandboxd0 -j SBX-sandboxd0-FW".to_owned()),
            ]
        );
    }

    /// The kernel's limit for a chain (`XT_EXTENSION_MAXNAMELEN`, without its NUL).
    #[test]
    fn names_of_chains_fit_the_kernel() {
        let settings = FirewallSettings { bridge: "b".repeat(15), ..settings() };
        let rules = v4(&settings, &[grant(255, Access::Only(Vec::new()))]);
        assert!(rules.chains.keys().all(|name| name.len() <= 28), "{:?}", rules.chains.keys());
    }

    #[test]
    fn what_is_granted_never_comes_before_what_is_out_of_reach() {
        let rules = v4(&settings(), &[grant(2, Access::Open)]);
        let forward = &rules.chains["SBX-sandboxd0-FW"];
        let last_block = forward.iter().rposition(|rule| rule.ends_with("-NO")).unwrap();
        let open = forward.iter().position(|rule| rule == "-g SBX-sandboxd0-GR").unwrap();
        assert_eq!(open, last_block + 1);
        assert_eq!(open + 1, forward.len());
    }
}
