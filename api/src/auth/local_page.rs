//! While auth is off, being able to connect is what counts. A browser on this host can, on behalf
//! of any page it shows; what it says of that page is looked at here.

use std::net::IpAddr;

use http::HeaderMap;
use http::header::{HOST, ORIGIN};
use http::uri::Authority;

/// Whether a browser sends the request for another site's page: one of another origin, or one
/// whose name was made to resolve to this host.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return false };
    if !is_local(host) {
        return true;
    }
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    authority.is_none_or(|(_, authority)| !authority.eq_ignore_ascii_case(host))
}

/// An address, or a name that no other site can have (RFC 6761, 6.3).
fn is_local(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().to_ascii_lowercase();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok() || name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        is_foreign(&headers)
    }

    #[test]
    fn programs_and_our_own_pages_are_no_strangers() {
        for host in ["127.0.0.1:9090", "[::1]:9090", "localhost:9090", "LOCALHOST", "a.localhost"] {
            assert!(!foreign(host, None), "{host}");
            assert!(!foreign(host, Some(&format!("http://{host}"))), "{host}");
        }
    }

    #[test]
    fn other_sites_pages_are() {
        assert!(foreign("127.0.0.1:9090", Some("http://evil.example")));
        assert!(foreign("127.0.0.1:9090", Some("http://127.0.0.1:3000")));
        assert!(foreign("127.0.0.1:9090", Some("null")));
        assert!(foreign("evil.example:9090", None));
        assert!(foreign("evil.example:9090", Some("http://evil.example:9090")));
    }
}
