//! The cookie of a session. Over TLS its name begins with `__Host-`, so that no other host of the
//! domain, such as a preview, can set it (RFC 6265bis, 4.1.3.2).

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

/// Its name where there is no TLS.
pub(crate) const PLAIN: &str = "sandboxd_session";
const HOST_ONLY: &str = "__Host-sandboxd_session";
/// A secret is 256 bits as hex.
const SECRET_CHARS: usize = 64;

/// The secret of a request's session. None if there are several: somebody has planted one.
pub(super) fn read(headers: &HeaderMap) -> Option<&str> {
    named(headers, HOST_ONLY).or_else(|| named(headers, PLAIN))
}

fn named<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut found = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(name, value)| (name == wanted).then_some(value));
    let (secret, None) = (found.next()?, found.next()) else { return None };
    let is_secret = secret.len() == SECRET_CHARS && secret.bytes().all(|b| b.is_ascii_hexdigit());
    is_secret.then_some(secret)
}

/// Gives a browser its secret, for `seconds`.
pub(super) fn set(headers: &mut HeaderMap, secret: &str, seconds: u64, https: bool) {
    let (name, end) = if https { (HOST_ONLY, "; Secure") } else { (PLAIN, "") };
    let cookie =
        format!("{name}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{end}");
    append(headers, &cookie);
}

/// Takes it away.
pub(super) fn clear(headers: &mut HeaderMap) {
    append(headers, &format!("{PLAIN}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"));
    append(headers, &format!("{HOST_ONLY}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure"));
}

fn append(headers: &mut HeaderMap, cookie: &str) {
    let value = HeaderValue::try_from(cookie).expect("invariant: our own cookies are ASCII");
    headers.append(SET_COOKIE, value);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_from(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, line.parse().unwrap());
        }
        read(&headers).map(str::to_owned)
    }

    #[test]
    fn the_one_cookie_is_found_among_others() {
        let (one, two) = ("a".repeat(64), "b".repeat(64));
        let plain = format!("sandboxd_session={one}");
        let host = format!("__Host-sandboxd_session={two}");
        assert_eq!(read_from(&[&format!("x=1; {plain}; y=2")]), Some(one.clone()));
        assert_eq!(read_from(&["x=1", &plain]), Some(one.clone()));
        assert_eq!(read_from(&[&format!("{plain}; {host}")]), Some(two));
        assert_eq!(read_from(&[&format!("{plain}; {plain}")]), None);
        assert_eq!(read_from(&[&plain, &plain]), None);
        assert_eq!(read_from(&["sandboxd_session=short"]), None);
        assert_eq!(read_from(&[&format!("xsandboxd_session={one}")]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_header_gives_a_secret_or_none(bytes in proptest::collection::vec(32u8..=255, 0..200)) {
            let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
            let headers = HeaderMap::from_iter([(COOKIE, value)]);
            prop_assert!(read(&headers).is_none_or(|secret| secret.len() == SECRET_CHARS));
        }
    }
}
