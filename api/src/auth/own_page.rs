//! A browser sends our cookie for whatever page asks it to. What it says of that page is looked at
//! here: only our own may use a session.

use http::HeaderMap;
use http::header::{HOST, ORIGIN, UPGRADE};

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Whether a request with a cookie may be from a page of ours, or from no page at all.
pub(crate) fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(origin) = text(ORIGIN.as_str()) {
        return text(HOST.as_str()).is_some_and(|host| is_same(origin, host));
    }
    // A browser always says where a WebSocket comes from.
    if headers.contains_key(UPGRADE) {
        return false;
    }
    // Not sent by old browsers, nor over plain http to other hosts than this one.
    text(SEC_FETCH_SITE).is_none_or(|site| matches!(site, "same-origin" | "none"))
}

/// Whether the page was served over TLS.
pub(super) fn is_https(headers: &HeaderMap) -> bool {
    let says = |name: &str, start: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.to_ascii_lowercase().starts_with(start))
    };
    says(ORIGIN.as_str(), "https://") || says("x-forwarded-proto", "https")
}

/// Whether an origin is the host's; the scheme's own port may be left out.
fn is_same(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let own_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let bare = |text: &str| text.strip_suffix(own_port).unwrap_or(text).to_ascii_lowercase();
    !authority.is_empty() && bare(authority) == bare(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(headers: &[(&'static str, &str)]) -> bool {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        is_own(&headers.collect())
    }

    #[test]
    fn our_own_pages_and_programs_may() {
        assert!(own(&[("host", "sandbox.example")]));
        for origin in
            ["http://sandbox.example", "https://sandbox.example", "http://Sandbox.example:80"]
        {
            assert!(own(&[("host", "sandbox.example"), ("origin", origin)]), "{origin}");
        }
        assert!(own(&[("host", "[::1]:9090"), ("origin", "http://[::1]:9090")]));
        assert!(own(&[("host", "a"), ("sec-fetch-site", "same-origin")]));
        assert!(own(&[("host", "a"), ("sec-fetch-site", "none")]));
        assert!(own(&[("host", "a"), ("origin", "http://a"), ("upgrade", "websocket")]));
    }

    #[test]
    fn others_may_not() {
        for origin in [
            "null",
            "",
            "http://evil.example",
            "http://sandbox.example.evil",
            "http://s-1-3000.preview.sandbox.example",
            "http://sandbox.example:3000",
            "ftp://sandbox.example",
            "sandbox.example",
        ] {
            assert!(!own(&[("host", "sandbox.example"), ("origin", origin)]), "{origin}");
        }
        assert!(!own(&[("origin", "http://a")]));
        assert!(!own(&[("host", "a"), ("sec-fetch-site", "same-site")]));
        assert!(!own(&[("host", "a"), ("sec-fetch-site", "cross-site")]));
        assert!(!own(&[("host", "a"), ("upgrade", "websocket")]));
    }
}
