//! A task's output file: its first bytes as they come, and at the end the last ones.
//!
//! The file only grows, so that an offset in it means the same for ever. What comes after its limit,
//! or after the disk is full, is counted and forgotten but for a tail.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::tail::{self, Tail};

/// Most bytes that the file gets beyond its limit: the tail, and the note before it.
pub(super) const BEYOND_LIMIT: u64 = tail::KEPT as u64 + 128;

pub(super) struct Output {
    file: Arc<File>,
    limit: u64,
    written: u64,
    /// Whether a byte had to be left out; nothing is written after that until the end.
    full: bool,
    tail: Tail,
}

impl Output {
    pub(super) fn new(file: Arc<File>, limit: u64) -> Self {
        Self { file, limit, written: 0, full: false, tail: Tail::default() }
    }

    /// Bytes in the file.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Takes bytes, whatever the disk says.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        if !self.full {
            let room = usize::try_from(self.limit - self.written).unwrap_or(usize::MAX);
            let wrote = self.write(&bytes[..bytes.len().min(room)]);
            self.full = wrote < bytes.len();
            rest = &bytes[wrote..];
        }
        self.tail.push(rest);
    }

    /// Adds the tail, and says how many bytes were left out. To be called once.
    pub(super) fn finish(&mut self) -> u64 {
        let came = self.tail.came();
        let tail = self.tail.take();
        let left_out = came - tail.len() as u64;
        if left_out > 0 {
            let note = format!("\n[sandboxd: {left_out} bytes of output left out]\n");
            if self.write(note.as_bytes()) < note.len() {
                return came;
            }
        }
        // A disk that is still full takes as much of it as it can.
        came - self.write(&tail) as u64
    }

    /// Writes what the disk takes. By its place, not at the end of the file: whoever shortens the
    /// file makes a hole in it, and offsets stay what they are.
    fn write(&mut self, bytes: &[u8]) -> usize {
        let mut wrote = 0;
        while wrote < bytes.len() {
            match self.file.write_at(&bytes[wrote..], self.written) {
                Ok(0) => break,
                Ok(length) => {
                    wrote += length;
                    self.written += length as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        wrote
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in the file after these parts, and what was left out.
    fn filed(limit: u64, parts: &[&[u8]]) -> (Vec<u8>, u64) {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let mut output = Output::new(Arc::clone(&file), limit);
        parts.iter().for_each(|part| output.append(part));
        let dropped = output.finish();
        let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
        file.read_exact_at(&mut bytes, 0).unwrap();
        assert_eq!(output.written(), bytes.len() as u64);
        (bytes, dropped)
    }

    #[test]
    fn a_little_more_than_the_limit_is_kept_without_a_note() {
        assert_eq!(filed(4, &[b"ab"]), (b"ab".to_vec(), 0));
        assert_eq!(filed(4, &[b"abc", b"def", b"g"]), (b"abcdefg".to_vec(), 0));
    }

    #[test]
    fn of_much_more_start_and_end_are_kept_with_a_note_between() {
        let line = [&[b'x'; 999][..], b"\n"].concat();
        let (bytes, dropped) = filed(1500, &vec![&line[..]; 200]);
        let note = format!("\n[sandboxd: {dropped} bytes of output left out]\n");
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.find(&note), Some(1500));
        let tail = &text[1500 + note.len()..];
        assert_eq!((tail.len() % 1000, tail.len() / 1000), (0, 65));
        assert_eq!(1500 + dropped + tail.len() as u64, 200_000);
    }

    #[test]
    fn a_disk_that_takes_nothing_loses_all_of_it_and_no_more() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut output = Output::new(Arc::new(full), 1000);
        (0..100).for_each(|_| output.append(&[b'x'; 10_000]));
        assert_eq!((output.finish(), output.written()), (1_000_000, 0));
    }
}
