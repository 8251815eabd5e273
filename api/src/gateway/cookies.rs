//! Our cookies: how a preview token is given to a browser, found again, and kept from sandboxes.

use std::time::Duration;

use http::HeaderValue;

/// Cookies of ours have names that begin so, perhaps after a prefix that browsers act on.
const OWN: &[u8] = b"sandboxd_";
const PREFIXES: [&[u8]; 2] = [b"__host-", b"__secure-"];
/// Holds the token. `__Host-` lets neither another preview nor a plain connection set it.
const GUARDED: &str = "__Host-sandboxd_preview";
/// The same where a browser takes no `Secure` cookie over plain HTTP.
const PLAIN: &str = "sandboxd_preview";

/// What gives a browser a token for as long as it is valid.
///
/// The first works in a frame of the console, which is another site: `None` lets it be sent
/// there, `Partitioned` only below that site. Browsers take it over plain HTTP from hosts
/// below `localhost` (tried with Chromium). Over plain HTTP there is a second one, for other
/// hosts and other browsers; it isn't sent in frames.
pub(crate) fn set(token: &str, lifetime: Duration, tls: bool) -> Vec<HeaderValue> {
    let age = lifetime.as_secs();
    let guarded = format!(
        "{GUARDED}={token}; Path=/; Max-Age={age}; HttpOnly; Secure; SameSite=None; Partitioned"
    );
    let plain = format!("{PLAIN}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax");
    let wanted = if tls { vec![guarded] } else { vec![guarded, plain] };
    // A token that can't be a header's value was not one of ours, and isn't given.
    wanted.into_iter().filter_map(|cookie| HeaderValue::try_from(cookie).ok()).collect()
}

/// The tokens in a Cookie header. More than one is no error: a page on a sibling host can add
/// cookies for all of them, and must not lock anyone out by that.
pub(crate) fn tokens(header: &HeaderValue) -> impl Iterator<Item = &str> {
    pairs(header).filter_map(|pair| {
        let (name, token) = str::from_utf8(pair).ok()?.split_once('=')?;
        matches!(name, GUARDED | PLAIN).then_some(token)
    })
}

/// A Cookie header without ours; none if nothing is left of it.
pub(crate) fn without_own(header: &HeaderValue) -> Option<HeaderValue> {
    let kept: Vec<&[u8]> = pairs(header).filter(|pair| !is_own(pair)).collect();
    if kept.is_empty() { None } else { HeaderValue::from_bytes(&kept.join(&b"; "[..])).ok() }
}

/// Whether a Cookie header may hold one of ours: true if in doubt, and cheaper.
pub(crate) fn may_hold_own(header: &HeaderValue) -> bool {
    header.as_bytes().windows(OWN.len()).any(|part| part.eq_ignore_ascii_case(OWN))
}

/// Whether a Set-Cookie header sets one of ours. A cookie without a name comes back as its
/// bare value, so one that reads like ours is ours, too.
pub(crate) fn sets_own(header: &HeaderValue) -> bool {
    let text = header.as_bytes().trim_ascii_start();
    is_own(text.strip_prefix(b"=").unwrap_or(text))
}

fn pairs(header: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    let pairs = header.as_bytes().split(|&c| c == b';').map(<[u8]>::trim_ascii);
    pairs.filter(|pair| !pair.is_empty())
}

/// Names of cookies tell case apart, but frameworks don't all: any case is ours.
fn is_own(pair: &[u8]) -> bool {
    let begins = |text: &[u8], with: &[u8]| {
        text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    let pair = pair.trim_ascii_start();
    let prefix = PREFIXES.iter().find(|prefix| begins(pair, prefix));
    begins(&pair[prefix.map_or(0, |prefix| prefix.len())..], OWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> HeaderValue {
        text.parse().unwrap()
    }

    #[test]
    fn own_cookies_are_taken_out_in_any_spelling() {
        let header = value(
            "a=1; sandboxd_session=x;  b=sandboxd_2; SANDBOXD_csrf=y;__Host-sandboxd_preview=z; \
             __HOST-Sandboxd_preview=z; __Secure-sandboxd_a=b; __Host-theirs=c",
        );
        assert!(may_hold_own(&header));
        assert_eq!(without_own(&header).unwrap(), "a=1; b=sandboxd_2; __Host-theirs=c");
        assert_eq!(without_own(&value("sandboxd_preview=z")), None);
    }

    #[test]
    fn all_tokens_are_found() {
        let header = value("sandboxd_preview=a; x=y; __Host-sandboxd_preview=b;sandboxd_preview=c");
        assert_eq!(tokens(&header).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(tokens(&value("sandboxd_previews=a; b; =c")).count(), 0);
    }

    #[test]
    fn what_sets_one_of_ours_is_known() {
        for text in [
            "sandboxd_preview=x",
            " \tSandboxd_x=y; Path=/",
            "__Host-sandboxd_preview=x; Secure",
            "=sandboxd_preview=x",
            "= sandboxd_preview=x",
            "sandboxd_preview",
        ] {
            assert!(sets_own(&value(text)), "{text}");
        }
        for text in ["a=sandboxd_preview", "__Host-a=1", "xsandboxd_a=1", ""] {
            assert!(!sets_own(&value(text)), "{text}");
        }
    }

    #[test]
    fn over_https_only_the_guarded_cookie_is_set() {
        let set = set("t", Duration::from_secs(90), true);
        assert_eq!(
            set,
            ["__Host-sandboxd_preview=t; Path=/; Max-Age=90; HttpOnly; Secure; SameSite=None; \
              Partitioned"]
        );
    }
}
