//! The beginning of an answer, for the log of deliveries.

/// Bytes of an answer that are read and kept.
pub(super) const EXCERPT_MAX: usize = 1024;

/// Text without control characters, at most [`EXCERPT_MAX`] bytes; none if nothing is left.
pub(super) fn excerpt(bytes: &[u8]) -> Option<String> {
    let bytes = &bytes[..bytes.len().min(EXCERPT_MAX)];
    let mut text: String = String::from_utf8_lossy(bytes)
        .chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect();
    // Bytes that are no text become longer.
    text.truncate(text.floor_char_boundary(EXCERPT_MAX));
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_short_text_whatever_was_answered() {
        assert_eq!(excerpt(b" no such\x1b[31m hook\n"), Some("no such [31m hook".to_owned()));
        assert_eq!(excerpt(b" \0\n"), None);
        assert!(excerpt(&[0xff; 4096]).unwrap().len() <= EXCERPT_MAX);
        assert_eq!(excerpt(&[b'x'; 4096]).unwrap().len(), EXCERPT_MAX);
    }
}
