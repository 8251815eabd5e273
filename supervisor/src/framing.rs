//! Frames: 1 byte of type, 4 bytes of length, payload. What a stream's connection carries.

use std::collections::VecDeque;

use thiserror::Error;

/// Longest payload, bytes.
pub(crate) const MAX_PAYLOAD: usize = 64 * 1024;
const HEADER: usize = 5;

/// Types of frames; PROTOCOL.md says which way they go.
pub(crate) mod kind {
    pub(crate) const INPUT: u8 = 0;
    pub(crate) const OUTPUT: u8 = 1;
    pub(crate) const ERRORS: u8 = 2;
    pub(crate) const END: u8 = 3;
    pub(crate) const RESIZE: u8 = 4;
    pub(crate) const SIGNAL: u8 = 5;
}

/// One frame that came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) payload: Vec<u8>,
}

/// The other side doesn't speak the protocol.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("a frame of {0} bytes")]
pub(crate) struct TooLong(usize);

/// Adds a frame to what is to be sent.
pub(crate) fn put(out: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    for part in payload.chunks(MAX_PAYLOAD) {
        let length = u32::try_from(part.len()).expect("invariant: a chunk fits");
        out.push(kind);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(part);
    }
}

/// Bytes that came and aren't taken yet. Holds no more than its user pushes before taking.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    bytes: VecDeque<u8>,
}

impl Frames {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// The next whole frame, if it is there.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, TooLong> {
        if self.bytes.len() < HEADER {
            return Ok(None);
        }
        let byte = |at: usize| usize::from(self.bytes[at]);
        let length = byte(1) << 24 | byte(2) << 16 | byte(3) << 8 | byte(4);
        if length > MAX_PAYLOAD {
            return Err(TooLong(length));
        }
        if self.bytes.len() < HEADER + length {
            return Ok(None);
        }
        let kind = self.bytes[0];
        let payload = self.bytes.drain(..HEADER + length).skip(HEADER).collect();
        Ok(Some(Frame { kind, payload }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_any_cut() {
        let mut sent = Vec::new();
        put(&mut sent, kind::OUTPUT, &vec![7; MAX_PAYLOAD + 1]);
        sent.extend([kind::INPUT, 0, 0, 0, 0]);
        for step in [1, 3, 4096, sent.len()] {
            let (mut frames, mut got) = (Frames::default(), Vec::new());
            for part in sent.chunks(step) {
                frames.push(part);
                while let Some(frame) = frames.next().unwrap() {
                    got.push((frame.kind, frame.payload.len()));
                }
            }
            assert_eq!(got, [(1, MAX_PAYLOAD), (1, 1), (0, 0)], "in steps of {step}");
        }
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_it_is_waited_for() {
        let mut frames = Frames::default();
        frames.push(&[0, 0, 1, 0, 1]);
        assert_eq!(frames.next(), Err(TooLong(MAX_PAYLOAD + 1)));
    }
}
