//! Which of a file's stored encodings a client takes (RFC 9110, 12.5.3).

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// The encodings that files are stored in besides their own bytes, best first, with what they add to
/// a file's name.
pub(super) const STORED: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Whether a client says that it takes `coding`. Preferences between those it takes are ours.
pub(super) fn takes(headers: &HeaderMap, coding: &str) -> bool {
    let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        name.trim().eq_ignore_ascii_case(coding) && !is_zero(weight)
    })
}

/// Whether it is `q=0`, which means never.
fn is_zero(weight: &str) -> bool {
    let value = weight.trim().strip_prefix("q=").map(str::trim);
    value.and_then(|value| value.parse::<f32>().ok()).is_some_and(|weight| weight <= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(line: &str, coding: &str) -> bool {
        takes(&HeaderMap::from_iter([(ACCEPT_ENCODING, line.parse().unwrap())]), coding)
    }

    #[test]
    fn only_what_is_named_and_not_refused_is_taken() {
        assert!(says("gzip, deflate, br, zstd", "br"));
        assert!(says("gzip;q=0.5, BR;q=1.0", "br"));
        assert!(!says("gzip, br;q=0", "br"));
        assert!(!says("brotli", "br"));
        assert!(!takes(&HeaderMap::new(), "gzip"));
    }
}
