//! Bytes into lines, wherever they were cut on their way.

/// The longest line that is read as one, bytes; of a longer one come pieces.
pub(super) const LINE_MAX: usize = 256 * 1024;

/// A line, or a piece of a long one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Without its newline.
    pub(super) bytes: &'a [u8],
    /// Whether a newline ended it.
    pub(super) ended: bool,
}

impl Line<'_> {
    /// Bytes that it took.
    pub(super) fn taken(&self) -> usize {
        self.bytes.len() + usize::from(self.ended)
    }
}

/// Bytes that aren't a line yet.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<u8>);

impl Lines {
    /// Bytes that wait for the rest of their line.
    pub(super) fn waiting(&self) -> usize {
        self.0.len()
    }

    /// Takes bytes, and passes on the lines that they complete.
    pub(super) fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Line<'_>)) {
        let known = self.0.len();
        self.0.extend_from_slice(bytes);
        let (mut from, mut searched) = (0, known);
        loop {
            let rest = &self.0[from..];
            let newline = self.0[searched..].iter().position(|byte| *byte == b'\n');
            let end = newline.map(|at| searched - from + at);
            let line = match end {
                Some(end) if end <= LINE_MAX => Line { bytes: &rest[..end], ended: true },
                _ if rest.len() > LINE_MAX => {
                    Line { bytes: &rest[..whole_characters(rest, LINE_MAX)], ended: false }
                }
                _ => break,
            };
            each(line);
            from += line.taken();
            searched = if line.ended { from } else { searched.max(from) };
        }
        self.0.drain(..from);
    }

    /// Passes on what no newline came for.
    pub(super) fn finish(&mut self, each: impl FnOnce(Line<'_>)) {
        if !self.0.is_empty() {
            each(Line { bytes: &self.0, ended: false });
            self.0.clear();
        }
    }
}

/// The most bytes up to `limit` that don't end within a character, if they are UTF-8.
fn whole_characters(bytes: &[u8], limit: usize) -> usize {
    let is_start = |at: &usize| bytes.get(*at).is_none_or(|byte| byte & 0xC0 != 0x80);
    (limit - 3..=limit).rev().find(is_start).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<(Vec<u8>, bool)> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.push(piece, |line| found.push((line.bytes.to_vec(), line.ended)));
        }
        lines.finish(|line| found.push((line.bytes.to_vec(), line.ended)));
        assert_eq!(lines.waiting(), 0);
        found
    }

    #[test]
    fn the_same_lines_come_however_they_were_cut() {
        let text = b"one\n\ntwo\r\n\xff\xfe\nlast";
        let wanted = [(&b"one"[..], true), (b"", true), (b"two\r", true), (b"\xff\xfe", true)];
        let mut wanted: Vec<_> = wanted.map(|(line, ended)| (line.to_vec(), ended)).into();
        wanted.push((b"last".to_vec(), false));
        for first in 0..text.len() {
            for second in first..text.len() {
                let pieces = [&text[..first], &text[first..second], &text[second..]];
                assert_eq!(lines(&pieces), wanted);
            }
        }
    }

    #[test]
    fn an_endless_line_comes_in_pieces_of_whole_characters() {
        let text = format!("x{}\nend\n", "\u{e9}".repeat(LINE_MAX));
        let cuts: Vec<&[u8]> = text.as_bytes().chunks(10_000).collect();
        let found = lines(&cuts);
        assert_eq!(found.len(), 4);
        assert!(found.iter().all(|(line, _)| line.len() <= LINE_MAX));
        assert!(found.iter().all(|(line, _)| std::str::from_utf8(line).is_ok()));
        let whole: Vec<u8> = found.iter().flat_map(|(line, _)| line.clone()).collect();
        assert_eq!(whole.len() + 2, text.len());
        assert_eq!(found.iter().filter(|(_, ended)| *ended).count(), 2);
        // No byte of it is a start.
        assert_eq!(lines(&[&[0x80; LINE_MAX + 1]])[0].0.len(), LINE_MAX);
    }
}
