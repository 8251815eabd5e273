//! Where a link to a private preview may lead: to a path on the preview's own host, whatever a
//! browser makes of it.

use super::exchange::{self, is_reserved};

/// Longest path, in bytes.
const PATH_MAX: usize = 2048;

/// A path with its query. Can't lead to another host: browsers read `//` and `/\` as the start
/// of one (<https://url.spec.whatwg.org/#path-start-state>), and drop control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LocalPath(String);

impl LocalPath {
    /// None for anything but `/`, or `/` and visible ASCII that begins no host.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        let safe = text.len() <= PATH_MAX
            && !rest.starts_with('/')
            && text.bytes().all(|c| c.is_ascii_graphic() && c != b'\\')
            && !is_reserved(text.split(['?', '#']).next().unwrap_or(text));
        safe.then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The link that leads here from the preview at `url`, with a token.
    pub(crate) fn link(&self, url: &str, token: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair(exchange::TOKEN, token)
            .append_pair(exchange::TO, &self.0)
            .finish();
        format!("{}{}?{query}", url.trim_end_matches('/'), exchange::OPEN)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_paths_of_the_same_host_are_taken() {
        for good in ["/", "/a", "/a/b?c=d&e=//f#g", "/%2f/x", "/.well-known/x", "/.sandboxd2"] {
            assert_eq!(LocalPath::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "a",
            "//evil.test",
            "/\\evil.test",
            "/a\\b",
            "\\/evil.test",
            "http://evil.test/",
            "/\tevil",
            "/\n/evil.test",
            "/a b",
            "/\u{e9}",
            "/\0",
            "/.sandboxd",
            "/.sandboxd/open?token=x",
            "/.sandboxd#",
            &format!("/{}", "a".repeat(PATH_MAX)),
        ] {
            assert_eq!(LocalPath::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_link_holds_token_and_path() {
        let link = LocalPath::parse("/a?b=c&d").unwrap().link("http://x.test:81/", "t-_");
        assert_eq!(link, "http://x.test:81/.sandboxd/open?token=t-_&to=%2Fa%3Fb%3Dc%26d");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20_000) })]

        /// Read as browsers read it: `url` is the WHATWG's algorithm.
        #[test]
        fn what_is_taken_stays_on_the_host(text in "[/\\\\.:@a-c%?#\t ]{0,12}|/[ -~]{0,20}|\\PC{0,8}") {
            let Some(path) = LocalPath::parse(&text) else { return Ok(()) };
            let here = url::Url::parse("http://s-x.preview.test:81/.sandboxd/open?token=t").unwrap();
            let there = here.join(path.as_str()).unwrap();
            prop_assert_eq!(there.origin(), here.origin(), "{}", text);
            prop_assert!(there.username().is_empty() && there.password().is_none());
        }
    }
}
