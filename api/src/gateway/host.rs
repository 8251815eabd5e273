//! Strict reading of preview host names.

use std::fmt;

/// Characters of a ULID in text (<https://github.com/ulid/spec>).
const ULID_LEN: usize = 26;

/// A sandbox id as it stands in a host name: a ULID in lower case, known to be well formed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SandboxName([u8; ULID_LEN]);

impl SandboxName {
    fn parse(text: &[u8]) -> Option<Self> {
        let mut name: [u8; ULID_LEN] = text.try_into().ok()?;
        name.make_ascii_lowercase();
        // 26 digits of 5 bits are 130 bits; a ULID has 128, so the first digit ends at 7.
        let fits = (b'0'..=b'7').contains(&name[0]);
        (fits && name.iter().all(|&c| is_crockford(c))).then_some(Self(name))
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("invariant: parse lets only ASCII in")
    }
}

impl fmt::Debug for SandboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Crockford's alphabet in lower case: no i, l, o, u.
fn is_crockford(c: u8) -> bool {
    c.is_ascii_digit() || (c.is_ascii_lowercase() && !matches!(c, b'i' | b'l' | b'o' | b'u'))
}

/// One port of one sandbox: what a preview host names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Preview {
    pub(crate) sandbox: SandboxName,
    pub(crate) port: u16,
}

/// The part of the name space that previews live in.
#[derive(Debug)]
pub(crate) struct PreviewZone {
    suffix: String,
}

impl PreviewZone {
    pub(crate) fn new(domain: &str) -> Self {
        let domain = domain.trim_matches('.').to_ascii_lowercase();
        Self { suffix: format!(".preview.{domain}") }
    }

    /// Reads a Host value, `s-<ulid>-<port>.preview.<domain>[.][:port]` in any case.
    /// The port after the colon isn't compared: a proxy in front may listen on another.
    pub(crate) fn parse(&self, host: &str) -> Option<Preview> {
        let name = match host.split_once(':') {
            Some((name, port)) => {
                parse_port(port.as_bytes())?;
                name
            }
            None => host,
        };
        let name = name.strip_suffix('.').unwrap_or(name).as_bytes();
        let (label, suffix) = name.split_at_checked(name.len().checked_sub(self.suffix.len())?)?;
        if !suffix.eq_ignore_ascii_case(self.suffix.as_bytes()) {
            return None;
        }
        let (s, rest) = label.split_at_checked(2)?;
        let (id, rest) = rest.split_at_checked(ULID_LEN)?;
        if !s.eq_ignore_ascii_case(b"s-") {
            return None;
        }
        let port = parse_port(rest.strip_prefix(b"-")?)?;
        Some(Preview { sandbox: SandboxName::parse(id)?, port })
    }
}

/// 1–65535 in digits, without sign or leading zero: one port has one spelling.
fn parse_port(text: &[u8]) -> Option<u16> {
    if text.first() == Some(&b'0') || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "01jd3v5m8x0000000000000abc";

    fn parse(host: &str) -> Option<(String, u16)> {
        let preview = PreviewZone::new("Example.com.").parse(host)?;
        Some((preview.sandbox.as_str().to_owned(), preview.port))
    }

    #[test]
    fn reads_every_tolerated_spelling() {
        let upper = format!("S-{}-3000.PREVIEW.EXAMPLE.COM.:18080", ID.to_uppercase());
        for host in [
            format!("s-{ID}-3000.preview.example.com"),
            format!("s-{ID}-3000.preview.example.com:80"),
            format!("s-{ID}-3000.preview.example.com."),
            upper,
        ] {
            assert_eq!(parse(&host), Some((ID.to_owned(), 3000)), "{host}");
        }
    }

    #[test]
    fn refuses_what_is_not_exactly_a_preview_host() {
        for host in [
            "".to_owned(),
            "preview.example.com".to_owned(),
            ".preview.example.com".to_owned(),
            "s-.preview.example.com".to_owned(),
            format!("s-{ID}.preview.example.com"),
            format!("s-{ID}-.preview.example.com"),
            format!("s-{ID}-0.preview.example.com"),
            format!("s-{ID}-080.preview.example.com"),
            format!("s-{ID}-+80.preview.example.com"),
            format!("s-{ID}-65536.preview.example.com"),
            format!("s-{ID}-80-1.preview.example.com"),
            format!("x-{ID}-80.preview.example.com"),
            format!("s-{ID}-80.preview.example.com.evil.test"),
            format!("evil.s-{ID}-80.preview.example.com"),
            format!("s-{ID}-80.preview.example.com.."),
            format!("s-{ID}-80.preview.example.com:"),
            format!("s-{ID}-80.preview.example.com:08"),
            format!("s-{ID}-80.preview.example.com:80:80"),
            format!("s-{}-80.preview.example.com", ID.replace('a', "u")),
            format!("s-8{}-80.preview.example.com", &ID[1..]),
            format!("s-é{}-80.preview.example.com", &ID[2..]),
        ] {
            assert_eq!(parse(&host), None, "{host}");
        }
    }

    /// The one spelling of what was read.
    fn canonical(preview: Preview) -> String {
        format!("s-{}-{}.preview.example.com", preview.sandbox.as_str(), preview.port)
    }

    /// A Host value reduced by what may differ: case, one trailing dot, a port.
    fn reduced(host: &str) -> Option<String> {
        let mut name = host.to_ascii_lowercase();
        if let Some((before, port)) = host.to_ascii_lowercase().rsplit_once(':') {
            let number: u16 = port.parse().ok()?;
            (number.to_string() == port && number > 0).then_some(())?;
            name = before.to_owned();
        }
        Some(name.strip_suffix('.').map_or(name.clone(), str::to_owned))
    }

    /// Pieces of host names, right and nearly right.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[0-7][0-9a-hjkmnp-tv-zA-HJKMNP-TV-Z]{25}",
            1 => "[0-9a-zA-Z]{24,28}",
            3 => (0u32..=70_000).prop_map(|port| port.to_string()),
            1 => prop::sample::select(vec![
                "s-", "S-", "-", ".", ":", "@", "[::1]", "80", "0", "+1", "preview", "Example",
                "com", ".preview.example.com", ".PREVIEW.example.COM", "\t", " ", "\u{e9}",
                "\u{ff0e}", "%2e", "xn--", "\0", ",", "/", "s-01jd3v5m8x0000000000000abc-3000",
            ]).prop_map(str::to_owned),
            1 => any::<String>(),
        ]
    }

    /// Hosts that are put together rightly but for a piece here and there.
    fn host() -> impl Strategy<Value = String> {
        let usual = ["s-", "", "-", "", ".preview.example.com", ""].map(str::to_owned).to_vec();
        (prop::collection::vec((any::<bool>(), piece()), 6), "[0-7][0-9a-hjkmnp-tv-z]{25}", 1u16..)
            .prop_map(move |(pieces, id, port)| {
                let mut parts = usual.clone();
                (parts[1], parts[3]) = (id, port.to_string());
                let wrong = pieces.iter().filter(|(use_it, _)| *use_it).count();
                for (index, (use_it, piece)) in pieces.into_iter().enumerate() {
                    // One wrong piece tells more than six.
                    if use_it && wrong <= 3 {
                        parts[index] = piece;
                    }
                }
                parts.concat()
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20_000) })]

        #[test]
        fn whatever_is_read_has_one_meaning(host in host()) {
            let zone = PreviewZone::new("example.com");
            match zone.parse(&host) {
                Some(preview) => prop_assert_eq!(reduced(&host), Some(canonical(preview))),
                // Refused though reduced to a canonical name: then that name must be refused, too.
                None => if let Some(name) = reduced(&host) {
                    prop_assert!(zone.parse(&name).is_none(), "{}", host);
                },
            }
        }

        #[test]
        fn every_canonical_host_is_read_in_all_spellings(
            id in "[0-7][0-9a-hjkmnp-tv-z]{25}", port in 1u16.., shown in 1u16..,
            upper in any::<bool>(), dot in any::<bool>(), with_port in any::<bool>(),
        ) {
            let mut host = format!("s-{id}-{port}.preview.example.com");
            if upper { host = host.to_ascii_uppercase(); }
            if dot { host.push('.'); }
            if with_port { host.push_str(&format!(":{shown}")); }
            let preview = PreviewZone::new("example.com").parse(&host).unwrap();
            prop_assert_eq!((preview.sandbox.as_str(), preview.port), (&*id, port));
        }
    }
}
