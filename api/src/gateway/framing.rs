//! Who may show a preview in a frame: the console and the preview itself.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use http::header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};
use http::{HeaderMap, HeaderValue};

const FRAME_ANCESTORS: &[u8] = b"frame-ancestors";

/// An origin of the console, such as `https://console.example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// A text that is no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an origin is http:// or https://, a host name in lower case, and perhaps a port")]
pub struct InvalidOrigin;

impl FromStr for Origin {
    type Err = InvalidOrigin;

    /// Strict, since it becomes part of a policy. IPv6 addresses can't be in one (CSP Level 3,
    /// 2.3.1).
    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
        let (host, port) = match rest.ok_or(InvalidOrigin)?.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest.unwrap_or_default(), None),
        };
        let is_label = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        };
        let port_fits = port.is_none_or(|port| {
            port.bytes().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|n| n > 0)
        });
        let fits = host.split('.').all(is_label) && port_fits;
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidOrigin) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Origin {
    /// Where the console is found if the API listens at `bind` and nothing is said.
    #[must_use]
    pub fn of_bind(bind: SocketAddr) -> Vec<Self> {
        let (ip, port) = (bind.ip(), bind.port());
        let hosts = if ip.is_loopback() || ip.is_unspecified() {
            vec!["127.0.0.1".to_owned(), "localhost".to_owned()]
        } else {
            vec![ip.to_string()]
        };
        hosts.iter().filter_map(|host| format!("http://{host}:{port}").parse().ok()).collect()
    }
}

/// Puts the rule on answers.
#[derive(Debug)]
pub(crate) struct Framing {
    policy: HeaderValue,
}

impl Framing {
    pub(crate) fn new(console: &[Origin]) -> Self {
        let origins: String = console.iter().map(|origin| format!(" {origin}")).collect();
        let policy = HeaderValue::try_from(format!("frame-ancestors 'self'{origins}"));
        Self { policy: policy.expect("invariant: origins are ASCII") }
    }

    /// What the application says of frames is replaced; the rest of its policies stays, beside
    /// ours. X-Frame-Options is without effect where `frame-ancestors` is given (CSP Level 3,
    /// 6.4.2.2), so it goes, for browsers that see it differently.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        headers.remove(X_FRAME_OPTIONS);
        let own = headers.get_all(CONTENT_SECURITY_POLICY);
        if own.iter().any(|policy| names_framing(policy.as_bytes())) {
            let kept: Vec<HeaderValue> = own.iter().filter_map(without_framing).collect();
            headers.remove(CONTENT_SECURITY_POLICY);
            for policy in kept {
                headers.append(CONTENT_SECURITY_POLICY, policy);
            }
        }
        headers.append(CONTENT_SECURITY_POLICY, self.policy.clone());
    }
}

fn names_framing(policy: &[u8]) -> bool {
    policy.windows(FRAME_ANCESTORS.len()).any(|part| part.eq_ignore_ascii_case(FRAME_ANCESTORS))
}

/// A header's policies, separated by commas, without their `frame-ancestors` directives.
fn without_framing(header: &HeaderValue) -> Option<HeaderValue> {
    let policies: Vec<Vec<u8>> = header
        .as_bytes()
        .split(|&c| c == b',')
        .map(<[u8]>::trim_ascii)
        .map(|policy| {
            let directives = policy.split(|&c| c == b';').filter(|directive| {
                let name = directive.trim_ascii().split(u8::is_ascii_whitespace).next();
                !name.is_some_and(|name| name.eq_ignore_ascii_case(FRAME_ANCESTORS))
            });
            directives.collect::<Vec<_>>().join(&b';')
        })
        .filter(|policy| !policy.trim_ascii().is_empty())
        .collect();
    if policies.is_empty() { None } else { HeaderValue::from_bytes(&policies.join(&b',')).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_no_more_than_that() {
        for good in ["http://localhost:9090", "https://console.example.com", "http://10.0.0.1:80"] {
            assert_eq!(good.parse::<Origin>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "*",
            "localhost:9090",
            "http://",
            "http://a.test/",
            "http://a.test:0",
            "http://a.test:+1",
            "http://a.test:99999",
            "http://A.test",
            "http://*.test",
            "http://a.test;script-src *",
            "http://a.test b.test",
            "http://u@a.test",
            "http://[::1]:80",
            "http://a..test",
            "ftp://a.test",
        ] {
            assert_eq!(bad.parse::<Origin>(), Err(InvalidOrigin), "{bad}");
        }
    }

    fn applied(policies: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        for policy in policies {
            headers.append(CONTENT_SECURITY_POLICY, policy.parse().unwrap());
        }
        Framing::new(&["http://c.test".parse().unwrap()]).apply(&mut headers);
        assert!(!headers.contains_key(X_FRAME_OPTIONS));
        let left = headers.get_all(CONTENT_SECURITY_POLICY).iter();
        left.map(|policy| policy.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn an_apps_policy_stays_but_for_what_it_says_of_frames() {
        let ours = "frame-ancestors 'self' http://c.test";
        assert_eq!(applied(&[]), [ours]);
        assert_eq!(applied(&["default-src 'self'"]), ["default-src 'self'", ours]);
        assert_eq!(
            applied(&[
                "default-src 'self'; Frame-Ancestors\t'none';img-src *",
                "frame-ancestors *"
            ]),
            ["default-src 'self';img-src *", ours]
        );
        assert_eq!(
            applied(&["frame-ancestors 'none', script-src 'self' ;frame-ancestors"]),
            ["script-src 'self' ", ours]
        );
    }

    #[test]
    fn the_console_is_beside_the_api_unless_said() {
        let of = |bind: &str| -> Vec<String> {
            Origin::of_bind(bind.parse().unwrap()).iter().map(ToString::to_string).collect()
        };
        assert_eq!(of("127.0.0.1:9090"), ["http://127.0.0.1:9090", "http://localhost:9090"]);
        assert_eq!(of("0.0.0.0:1"), ["http://127.0.0.1:1", "http://localhost:1"]);
        assert_eq!(of("10.1.2.3:80"), ["http://10.1.2.3:80"]);
        assert_eq!(of("[2001:db8::1]:80"), Vec::<String>::new());
    }
}
