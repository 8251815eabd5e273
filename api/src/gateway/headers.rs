//! Which headers pass: hop-by-hop ones stop here (RFC 9110, 7.6.1), our own credentials never
//! reach a sandbox, and what is said about the client is said by us.

use std::net::IpAddr;

use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, HOST, SET_COOKIE, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::cookies;
use crate::proxies::{TrustedProxies, X_FORWARDED_FOR, X_FORWARDED_PROTO};

/// Headers of ours have names that begin so.
const OWN_HEADER: &str = "x-sandboxd-";
/// Tokens of ours begin so.
const OWN_TOKEN: &[u8] = b"sbx_";

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Comparing the few names that are there is cheaper than looking all of these up.
fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Ours, in both directions: tokens, and what our own pages read.
fn is_own(name: &HeaderName) -> bool {
    name.as_str().starts_with(OWN_HEADER)
}

/// What clients say of themselves where applications expect a proxy to speak; the rest of
/// these headers is overwritten.
fn is_forwarding_claim(name: &HeaderName) -> bool {
    matches!(name.as_str(), "forwarded" | "x-real-ip" | "x-forwarded-port")
}

/// Some servers (CGI, WSGI) take `_` and `-` in names for the same: what is decided here about a
/// header must not be undone by its double.
fn is_disguised(name: &HeaderName) -> bool {
    if !name.as_str().contains('_') {
        return false;
    }
    HeaderName::try_from(name.as_str().replace('_', "-")).is_ok_and(|plain| {
        is_hop_by_hop(&plain)
            || is_forwarding_claim(&plain)
            || is_own(&plain)
            || [CONTENT_LENGTH, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO]
                .contains(&plain)
    })
}

/// What the application is told about the client, made once for each client connection.
#[derive(Debug, Clone)]
pub(crate) struct ClientFacts {
    address: HeaderValue,
    proto: HeaderValue,
    /// The proxy that the connection comes from, if it is one whose word is taken.
    proxy: Option<(IpAddr, TrustedProxies)>,
}

impl ClientFacts {
    pub(crate) fn of_peer(
        peer: IpAddr,
        proto: &HeaderValue,
        proxies: &TrustedProxies,
    ) -> Option<Self> {
        let proxy = proxies.has(peer).then(|| (peer, proxies.clone()));
        Some(Self { address: address_value(peer)?, proto: proto.clone(), proxy })
    }

    /// The facts about one request: of a proxy's connection, what the proxy says.
    fn of_request(&self, headers: &HeaderMap) -> (HeaderValue, HeaderValue) {
        let own = (self.address.clone(), self.proto.clone());
        let Some((peer, proxies)) = &self.proxy else { return own };
        let address = address_value(proxies.client(*peer, headers)).unwrap_or(own.0);
        let said = headers.get(X_FORWARDED_PROTO).map(HeaderValue::as_bytes);
        let proto = match said {
            Some(b"https") => HeaderValue::from_static("https"),
            Some(b"http") => HeaderValue::from_static("http"),
            _ => own.1,
        };
        (address, proto)
    }
}

/// An IPv4 client of a dual-stack listener is told of as the IPv4 address that it has.
fn address_value(address: IpAddr) -> Option<HeaderValue> {
    HeaderValue::try_from(address.to_canonical().to_string()).ok()
}

/// The protocol that a message offers or accepts to switch to, if it says so properly.
/// `h2c` isn't one: RFC 9113 withdrew it, and it would carry requests past the rules above.
pub(crate) fn upgrade_of(headers: &HeaderMap) -> Option<HeaderValue> {
    let protocol = headers.get(UPGRADE)?;
    let h2c = protocol.as_bytes().get(..3).is_some_and(|p| p.eq_ignore_ascii_case(b"h2c"));
    let asked = connection_tokens(headers).any(|token| token.eq_ignore_ascii_case("upgrade"));
    (asked && !h2c).then(|| protocol.clone())
}

/// Makes a client's headers fit for the sandbox.
pub(crate) fn clean_request(headers: &mut HeaderMap, client: &ClientFacts) {
    let (address, proto) = client.of_request(headers);
    strip_listed(headers);
    remove_where(headers, |name| {
        is_hop_by_hop(name) || is_forwarding_claim(name) || is_own(name) || is_disguised(name)
    });
    strip_credentials(headers);
    if let Some(host) = headers.get(HOST).cloned() {
        headers.insert(X_FORWARDED_HOST, host);
    }
    headers.insert(X_FORWARDED_FOR, address);
    headers.insert(X_FORWARDED_PROTO, proto);
}

/// Makes a sandbox's headers fit for the client. A sandbox can't set cookies of ours, nor clear
/// anybody's.
pub(crate) fn clean_response(headers: &mut HeaderMap) {
    if headers.contains_key(TRANSFER_ENCODING) {
        // The body was read as chunked; a length beside it is a lie (RFC 9112, 6.3).
        headers.remove(CONTENT_LENGTH);
    }
    strip_listed(headers);
    // It would clear the cookies of all previews, and whatever else has the same domain.
    remove_where(headers, |name| is_hop_by_hop(name) || is_own(name) || name == CLEAR_SITE_DATA);
    if headers.get_all(SET_COOKIE).iter().any(cookies::sets_own) {
        let kept: Vec<_> =
            headers.get_all(SET_COOKIE).iter().filter(|c| !cookies::sets_own(c)).cloned().collect();
        headers.remove(SET_COOKIE);
        for cookie in kept {
            headers.append(SET_COOKIE, cookie);
        }
    }
}

/// Says again what a switch of protocols needs and cleaning took away.
pub(crate) fn set_upgrade(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, protocol);
}

/// Removes the headers that Connection names.
fn strip_listed(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = connection_tokens(headers)
        .filter(|token| !is_usual(token))
        .filter_map(|token| HeaderName::from_bytes(token.as_bytes()).ok())
        .filter(|name| name != HOST)
        .collect();
    for name in listed {
        headers.remove(name);
    }
}

/// Says nothing that isn't removed anyway.
fn is_usual(token: &str) -> bool {
    ["keep-alive", "close", "upgrade"].iter().any(|usual| token.eq_ignore_ascii_case(usual))
}

fn remove_where(headers: &mut HeaderMap, condemned: impl Fn(&HeaderName) -> bool) {
    while let Some(name) = headers.keys().find(|name| condemned(name)).cloned() {
        headers.remove(name);
    }
}

fn connection_tokens(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|token| !token.is_empty())
}

fn strip_credentials(headers: &mut HeaderMap) {
    if headers.get_all(AUTHORIZATION).iter().any(is_own_token) {
        headers.remove(AUTHORIZATION);
    }
    if headers.get_all(COOKIE).iter().any(cookies::may_hold_own) {
        let kept: Vec<HeaderValue> =
            headers.get_all(COOKIE).iter().filter_map(cookies::without_own).collect();
        headers.remove(COOKIE);
        for cookie in kept {
            headers.append(COOKIE, cookie);
        }
    }
}

fn is_own_token(value: &HeaderValue) -> bool {
    let Some((scheme, token)) = value.as_bytes().split_at_checked("bearer ".len()) else {
        return false;
    };
    scheme.eq_ignore_ascii_case(b"bearer ") && token.trim_ascii_start().starts_with(OWN_TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers
                .append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        headers
    }

    fn request(pairs: &[(&str, &str)]) -> HeaderMap {
        request_by("", pairs)
    }

    fn request_by(proxies: &str, pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = map(pairs);
        let (peer, proto) = ("10.0.0.9".parse().unwrap(), HeaderValue::from_static("http"));
        let facts = ClientFacts::of_peer(peer, &proto, &proxies.parse().unwrap()).unwrap();
        clean_request(&mut headers, &facts);
        headers
    }

    #[test]
    fn a_trusted_proxy_says_who_the_client_is() {
        let said = [("x-forwarded-for", "6.6.6.6, 1.2.3.4"), ("x-forwarded-proto", "https")];
        let facts = |headers: &HeaderMap| {
            (headers["x-forwarded-for"].clone(), headers["x-forwarded-proto"].clone())
        };
        let believed = request_by("10.0.0.0/24", &said);
        assert_eq!(facts(&believed), ("1.2.3.4".parse().unwrap(), "https".parse().unwrap()));
        let unbelieved = request_by("10.0.1.0/24", &said);
        assert_eq!(facts(&unbelieved), ("10.0.0.9".parse().unwrap(), "http".parse().unwrap()));
        let nonsense = [("x-forwarded-for", "me"), ("x-forwarded-proto", "HTTPS, http")];
        assert_eq!(facts(&request_by("10.0.0.9", &nonsense)), facts(&unbelieved));
    }

    #[test]
    fn own_cookies_and_tokens_stay_here() {
        let headers = request(&[
            ("cookie", "a=1; sandboxd_session=x;  b=sandboxd_2; SANDBOXD_csrf=y"),
            ("cookie", "sandboxd_preview=z"),
            ("authorization", "bearer  sbx_abc"),
            ("x-sandboxd-preview-token", "sbx_preview_x"),
            ("x-sandboxd-anything", "y"),
        ]);
        assert!(!headers.keys().any(is_own));
        assert_eq!(headers.get_all("cookie").iter().collect::<Vec<_>>(), ["a=1; b=sandboxd_2"]);
        assert!(!headers.contains_key("authorization"));
        assert_eq!(request(&[("authorization", "Bearer other")])["authorization"], "Bearer other");
    }

    #[test]
    fn what_connection_lists_goes_too_but_never_the_host() {
        let headers = request(&[
            ("host", "a.test"),
            ("connection", "close, X-Secret"),
            ("connection", "host"),
            ("x-secret", "1"),
            ("te", "trailers"),
            ("x-forwarded-for", "6.6.6.6"),
            ("forwarded", "for=6.6.6.6"),
        ]);
        for gone in ["connection", "x-secret", "te", "forwarded"] {
            assert!(!headers.contains_key(gone), "{gone}");
        }
        assert_eq!(headers["host"], "a.test");
        assert_eq!(headers["x-forwarded-host"], "a.test");
        assert_eq!(headers["x-forwarded-for"], "10.0.0.9");
    }

    #[test]
    fn a_double_with_underscores_goes_too() {
        let headers = request(&[
            ("transfer_encoding", "chunked"),
            ("content_length", "9"),
            ("x-forwarded_for", "6.6.6.6"),
            ("x_real_ip", "6.6.6.6"),
            ("x_sandboxd_preview_token", "t"),
            ("my_header", "kept"),
        ]);
        let kept: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(kept, ["my_header", "x-forwarded-for", "x-forwarded-proto"]);
    }

    #[test]
    fn a_sandbox_cannot_set_our_cookies() {
        let mut headers = map(&[
            ("set-cookie", "a=1"),
            ("set-cookie", " sandboxd_session=evil; Path=/"),
            ("transfer-encoding", "chunked"),
            ("content-length", "3"),
            ("clear-site-data", "\"*\""),
            ("x-sandboxd-wake", "waiting"),
        ]);
        clean_response(&mut headers);
        assert!(!headers.contains_key("clear-site-data") && !headers.keys().any(is_own));
        assert_eq!(headers.get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1"]);
        assert!(!headers.contains_key("content-length"));
    }

    #[test]
    fn upgrade_needs_both_headers_and_is_not_h2c() {
        let of = |pairs: &[(&str, &str)]| upgrade_of(&map(pairs));
        assert_eq!(
            of(&[("connection", "keep-alive, Upgrade"), ("upgrade", "websocket")]).unwrap(),
            "websocket"
        );
        assert!(of(&[("upgrade", "websocket")]).is_none());
        assert!(of(&[("connection", "upgrade"), ("upgrade", "h2c")]).is_none());
    }
}
