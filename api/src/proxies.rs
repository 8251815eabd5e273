//! Proxies in front: what they say of a client is believed, if the operator names them. What anybody
//! else says of itself isn't.

use std::net::IpAddr;
use std::str::FromStr;

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// Of whom, from the client on; each proxy adds the one that it heard it from.
pub(crate) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// `http` or `https`.
pub(crate) const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Addresses whose word on clients is taken; none by default.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether what comes from `peer` comes from a proxy of ours.
    #[must_use]
    pub fn has(&self, peer: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&peer.to_canonical()))
    }

    /// The client whose request `peer` sent: the last one that isn't a proxy of ours. What stands
    /// before it in the header, a client may have written.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if self.0.is_empty() || !self.has(peer) {
            return peer;
        }
        let mut client = peer;
        for line in headers.get_all(&X_FORWARDED_FOR).iter().rev() {
            for entry in line.to_str().unwrap_or_default().rsplit(',') {
                let Ok(address) = entry.trim().parse::<IpAddr>() else { return client };
                client = address.to_canonical();
                if !self.has(client) {
                    return client;
                }
            }
        }
        client
    }
}

impl FromStr for TrustedProxies {
    type Err = String;

    /// Addresses and networks, separated by commas.
    fn from_str(text: &str) -> Result<Self, String> {
        let parse = |entry: &str| {
            let address = entry.parse::<IpAddr>().map(IpNet::from);
            address.or_else(|_| entry.parse()).map_err(|_| {
                format!(
                    "{entry:?} is neither an address nor a network; write 127.0.0.1 or 10.0.0.0/24"
                )
            })
        };
        text.split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .map(parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, lines: &[&str]) -> String {
        let proxies: TrustedProxies = "127.0.0.1, 10.0.0.0/24,fd00::/64".parse().unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, line.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_the_word_of_a_named_proxy_counts() {
        assert_eq!(client("8.8.8.8", &["1.1.1.1"]), "8.8.8.8");
        assert_eq!(client("127.0.0.2", &["1.1.1.1"]), "127.0.0.2");
        assert_eq!(client("127.0.0.1", &["1.1.1.1"]), "1.1.1.1");
        assert_eq!(client("::ffff:127.0.0.1", &["1.1.1.1"]), "1.1.1.1");
        assert_eq!(client("fd00::5", &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
        let nobody = TrustedProxies::default();
        let headers = HeaderMap::from_iter([(X_FORWARDED_FOR, "1.1.1.1".parse().unwrap())]);
        let peer = "127.0.0.1".parse().unwrap();
        assert_eq!(nobody.client(peer, &headers), peer);
    }

    #[test]
    fn what_a_client_writes_before_it_does_not_count() {
        assert_eq!(client("127.0.0.1", &["6.6.6.6, 1.1.1.1"]), "1.1.1.1");
        assert_eq!(client("127.0.0.1", &["6.6.6.6", "1.1.1.1"]), "1.1.1.1");
        assert_eq!(client("127.0.0.1", &["6.6.6.6, 1.1.1.1, 10.0.0.7"]), "1.1.1.1");
        assert_eq!(client("127.0.0.1", &["1.1.1.1, junk"]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &["junk, 10.0.0.7"]), "10.0.0.7");
        assert_eq!(client("127.0.0.1", &["10.0.0.8, 10.0.0.7"]), "10.0.0.8");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for bad in ["proxy.example", "10.0.0.0/33", "10.0.0"] {
            assert!(bad.parse::<TrustedProxies>().is_err(), "{bad}");
        }
        assert!("".parse::<TrustedProxies>().unwrap().0.is_empty());
    }
}
