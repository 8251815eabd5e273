//! What an app's sandboxes may reach on the network. All texts come from clients: what passes here
//! ends up in firewall rules and in a hosts file.

use std::fmt;
use std::str::FromStr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{InvalidText, text_enum};

text_enum! {
    /// How much of the internet a sandbox reaches. The host, other sandboxes and private networks
    /// are out of reach in any case.
    EgressPolicy {
        Open = "open",
        /// Nothing, name servers included.
        None = "none",
        /// Only what `allow` says.
        Allowlist = "allowlist",
    }
}

text_enum! {
    /// Whether a node keeps its sandboxes apart by firewall rules.
    FirewallMode {
        /// No worker has said yet.
        Unknown = "unknown",
        On = "on",
        /// An operator has turned it off.
        Off = "off",
    }
}

/// The most entries of an allowlist.
pub const ALLOW_MAX: usize = 64;
/// The longest host name (RFC 1035, 2.3.4, without the dots' encoding).
const NAME_MAX: usize = 253;
/// A colon and five digits.
const PORT_MAX: usize = 6;
const LABEL_MAX: usize = 63;
/// Of a refused entry, this much is repeated in the error.
const CLIP: usize = 80;

/// Where an entry of an allowlist points to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EgressTarget {
    /// A host by its name, in lower case.
    Host(String),
    /// A network, or one address as a /32.
    Net(Ipv4Net),
}

/// An entry of an allowlist: `host`, `host:port`, `cidr` or `cidr:port`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EgressRule {
    /// Where to.
    pub target: EgressTarget,
    /// The only port, TCP and UDP; all if absent.
    pub port: Option<u16>,
}

/// What an app's sandboxes may reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(examples(json!({"policy": "allowlist", "allow": ["registry.npmjs.org:443"]})))]
pub struct Egress {
    /// How much.
    pub policy: EgressPolicy,
    /// What, if the policy is `allowlist`; else empty.
    #[schema(required = false, max_items = 64)]
    pub allow: Vec<EgressRule>,
}

impl Default for Egress {
    fn default() -> Self {
        Self { policy: EgressPolicy::Open, allow: Vec::new() }
    }
}

impl Egress {
    /// The names that have to be resolved.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.allow.iter().filter_map(|rule| match &rule.target {
            EgressTarget::Host(name) => Some(name.as_str()),
            EgressTarget::Net(_) => None,
        })
    }

    fn parse(policy: EgressPolicy, allow: &[String]) -> Result<Self, InvalidText> {
        if policy != EgressPolicy::Allowlist && !allow.is_empty() {
            return Err(InvalidText::new(
                "`allow` goes with the policy allowlist only; leave it out",
            ));
        }
        if allow.len() > ALLOW_MAX {
            return Err(InvalidText::new(format!("`allow` has at most {ALLOW_MAX} entries")));
        }
        let mut rules = Vec::with_capacity(allow.len());
        for text in allow {
            let rule: EgressRule = text.parse()?;
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        Ok(Self { policy, allow: rules })
    }
}

impl<'de> Deserialize<'de> for Egress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename = "Egress")]
        struct Given {
            policy: EgressPolicy,
            #[serde(default)]
            allow: Vec<String>,
        }
        let given = Given::deserialize(deserializer)?;
        Self::parse(given.policy, &given.allow).map_err(serde::de::Error::custom)
    }
}

impl Serialize for EgressRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl ToSchema for EgressRule {}

impl PartialSchema for EgressRule {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("`host`, `host:port`, `cidr` or `cidr:port`; no wildcards, no IPv6"))
            .min_length(Some(1))
            .max_length(Some(NAME_MAX + PORT_MAX))
            .examples(["registry.npmjs.org:443", "192.0.2.0/24"])
            .into()
    }
}

impl fmt::Display for EgressRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            EgressTarget::Host(name) => f.write_str(name)?,
            EgressTarget::Net(net) if net.prefix_len() == 32 => write!(f, "{}", net.addr())?,
            EgressTarget::Net(net) => write!(f, "{net}")?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl FromStr for EgressRule {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let refuse = |why: &str| {
            let shown: String = text.chars().take(CLIP).collect();
            InvalidText::new(format!("`allow`: {shown:?} {why}"))
        };
        let colons = text.matches(':').count();
        if colons > 1 || text.contains(['[', ']']) {
            return Err(refuse("is not host[:port] or cidr[:port]; sandboxes have no IPv6"));
        }
        let (target, port) = match text.split_once(':') {
            Some((target, port)) => (target, Some(port)),
            None => (text, None),
        };
        let port = match port.map(parse_port) {
            None => None,
            Some(Some(port)) => Some(port),
            Some(None) => return Err(refuse("has a port that is not 1 to 65535")),
        };
        if target.contains('*') {
            return Err(refuse("has a wildcard; name each host"));
        }
        let target = if target.contains('/') {
            let net: Ipv4Net =
                target.parse().map_err(|_| refuse("is not a network like 192.0.2.0/24"))?;
            EgressTarget::Net(net.trunc())
        } else if let Ok(address) = target.parse::<std::net::Ipv4Addr>() {
            EgressTarget::Net(Ipv4Net::from(address))
        } else if is_host_name(target) {
            EgressTarget::Host(target.to_ascii_lowercase())
        } else {
            return Err(refuse(
                "is neither a full host name like api.example.com nor an IPv4 network",
            ));
        };
        Ok(Self { target, port })
    }
}

fn parse_port(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0)
}

/// A name with at least one dot, of letters, digits and inner hyphens. The last label begins with a
/// letter, so that nothing passes that a resolver takes for an address (inet_aton(3): `0x7f.1`).
fn is_host_name(text: &str) -> bool {
    let label_is_good = |label: &str| {
        !label.is_empty()
            && label.len() <= LABEL_MAX
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
    };
    text.len() <= NAME_MAX
        && text.contains('.')
        && text.split('.').all(label_is_good)
        && text.rsplit('.').next().is_some_and(|last| last.as_bytes()[0].is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Result<String, InvalidText> {
        text.parse::<EgressRule>().map(|rule| rule.to_string())
    }

    #[test]
    fn entries_are_normalised() {
        for (given, kept) in [
            ("Registry.NPMJS.org", "registry.npmjs.org"),
            ("api.example.com:443", "api.example.com:443"),
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7/24:53", "192.0.2.0/24:53"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(rule(given).as_deref(), Ok(kept), "{given}");
            assert_eq!(rule(kept).as_deref(), Ok(kept), "{kept} is kept as it is");
        }
    }

    #[test]
    fn hostile_entries_are_refused() {
        let long_label = format!("{}.com", "a".repeat(64));
        let long = format!("{}com", "a.".repeat(126));
        for bad in [
            "",
            " ",
            "localhost",
            "a..b",
            ".a.b",
            "a.b.",
            "-a.b",
            "a-.b",
            "*.example.com",
            "a.b:",
            "a.b:0",
            "a.b:65536",
            "a.b:+1",
            "a.b:1:2",
            ":80",
            "::1",
            "[::1]:80",
            "2001:db8::/32",
            "1.2.3",
            "0x7f.1",
            "127.0x1",
            "1.2.3.4/33",
            "1.2.3.4/-1",
            "1.2.3/8",
            "a b.com",
            "a.com -j ACCEPT",
            "a.com\n-A INPUT -j ACCEPT",
            "a.com\0",
            "a.com;reboot",
            "$(id).com",
            "a_b.com",
            "пример.рф",
            "!1.2.3.4",
            "1.2.3.4,5.6.7.8",
            "1.2.3.4/24/24",
            &long_label,
            &long,
        ] {
            assert!(rule(bad).is_err(), "{bad:?} passed");
        }
        let text = rule(&"x".repeat(5_000)).unwrap_err().to_string();
        assert!(text.len() < 300, "an error repeats only the start: {text}");
    }

    #[test]
    fn an_allowlist_is_bounded_and_goes_with_its_policy() {
        let parse = |json: &str| serde_json::from_str::<Egress>(json);
        assert_eq!(parse(r#"{"policy":"open"}"#).unwrap(), Egress::default());
        let list =
            parse(r#"{"policy":"allowlist","allow":["a.com","A.com","1.1.1.1:53"]}"#).unwrap();
        assert_eq!(list.names().collect::<Vec<_>>(), ["a.com"]);
        let kept = serde_json::to_string(&list).unwrap();
        assert_eq!(kept, r#"{"policy":"allowlist","allow":["a.com","1.1.1.1:53"]}"#);
        assert_eq!(parse(&kept).unwrap(), list);
        let many: Vec<String> = (0..65).map(|n| format!("h{n}.example.com")).collect();
        assert!(Egress::parse(EgressPolicy::Allowlist, &many).is_err());
        assert!(Egress::parse(EgressPolicy::Allowlist, &many[..64]).is_ok());
        for bad in [
            "{}",
            r#"{"policy":"closed"}"#,
            r#"{"policy":"none","allow":["a.com"]}"#,
            r#"{"policy":"open","deny":[]}"#,
            r#"{"policy":"allowlist","allow":"a.com"}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad} passed");
        }
    }
}
