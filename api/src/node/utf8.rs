//! Output as text, piece by piece: a character that is cut between two pieces comes with the
//! second.

/// What is left of the pieces before.
#[derive(Debug, Default)]
pub(crate) struct Utf8 {
    rest: Vec<u8>,
}

impl Utf8 {
    /// The text that the pieces so far make, without what was given before. What isn't UTF-8 is
    /// replaced.
    pub(crate) fn take(&mut self, piece: &[u8]) -> String {
        self.rest.extend_from_slice(piece);
        let (mut text, mut from) = (String::with_capacity(self.rest.len()), 0);
        loop {
            let error = match std::str::from_utf8(&self.rest[from..]) {
                Ok(valid) => {
                    text.push_str(valid);
                    self.rest.clear();
                    return text;
                }
                Err(error) => error,
            };
            let valid = &self.rest[from..from + error.valid_up_to()];
            text.push_str(&String::from_utf8_lossy(valid));
            from += error.valid_up_to();
            let Some(bad) = error.error_len() else {
                self.rest.drain(..from);
                return text;
            };
            text.push(char::REPLACEMENT_CHARACTER);
            from += bad;
        }
    }

    /// What is left at the end: a character without its end.
    pub(crate) fn finish(self) -> String {
        String::from_utf8_lossy(&self.rest).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_may_be_cut_anywhere() {
        let text = "a\u{e9}\u{20ac}\u{1f600}z";
        for at in 0..=text.len() {
            let (one, two) = text.as_bytes().split_at(at);
            let mut pieces = Utf8::default();
            let first = pieces.take(one);
            assert_eq!(first + &pieces.take(two) + &pieces.finish(), text, "cut at {at}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_replaced() {
        let mut pieces = Utf8::default();
        assert_eq!(pieces.take(b"a\xffb\xf0\x9f"), "a\u{fffd}b");
        assert_eq!(pieces.finish(), "\u{fffd}");
        let mut pieces = Utf8::default();
        assert_eq!(pieces.take(&[0xff; 65536]).chars().count(), 65536);
    }
}
