//! The newest of what can't be written any more.

use std::collections::VecDeque;

/// Most bytes kept.
pub(super) const KEPT: usize = 64 * 1024;

/// Counts all bytes that came and holds the last of them.
#[derive(Default)]
pub(super) struct Tail {
    kept: VecDeque<u8>,
    came: u64,
}

impl Tail {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.came += bytes.len() as u64;
        let newest = &bytes[bytes.len().saturating_sub(KEPT)..];
        let surplus = (self.kept.len() + newest.len()).saturating_sub(KEPT);
        self.kept.drain(..surplus);
        self.kept.extend(newest);
    }

    /// How many bytes came.
    pub(super) fn came(&self) -> u64 {
        self.came
    }

    /// All that came; or, if that was more than is kept, the end of it, from the start of its first
    /// whole line if there is one.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let whole = self.kept.len() as u64 == self.came;
        let kept = Vec::from(std::mem::take(&mut self.kept));
        let line = kept.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        match line.filter(|start| !whole && *start < kept.len()) {
            Some(start) => kept[start..].to_vec(),
            None => kept,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_kept_as_it_is() {
        let mut tail = Tail::default();
        tail.push(b"half a");
        tail.push(b" line\nmore");
        assert_eq!((tail.came(), tail.take()), (16, b"half a line\nmore".to_vec()));
    }

    #[test]
    fn of_what_does_not_fit_the_last_whole_lines_are_kept() {
        for step in [1, 1000, KEPT - 1, KEPT, KEPT + 1, 4 * KEPT] {
            let text: Vec<u8> = b"0123456789\n".iter().copied().cycle().take(3 * KEPT).collect();
            let mut tail = Tail::default();
            text.chunks(step).for_each(|part| tail.push(part));
            assert_eq!(tail.came(), 3 * KEPT as u64);
            let kept = tail.take();
            assert!(text.ends_with(&kept) && kept.starts_with(b"0123"), "in steps of {step}");
            assert!((KEPT - 11..=KEPT).contains(&kept.len()), "{}", kept.len());
        }
    }

    #[test]
    fn a_line_without_an_end_is_kept_from_its_middle() {
        let mut tail = Tail::default();
        tail.push(&vec![b'x'; 2 * KEPT]);
        assert_eq!(tail.take().len(), KEPT);
        let mut tail = Tail::default();
        tail.push(&vec![b'x'; 2 * KEPT]);
        tail.push(b"\n");
        assert_eq!(tail.take().len(), KEPT, "what ends with the newline isn't thrown away for it");
    }
}
