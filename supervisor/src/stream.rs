//! A connection that one operation has taken over, for those that send or take one thing after
//! the other. Neither side may stall for long.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde::Serialize;

use crate::framing::{self, Frame, Frames, kind};
use crate::protocol::{self, Answer, Refusal};

/// How long the other side may go without sending or taking a byte.
const STALL: Duration = Duration::from_secs(60);
const CHUNK: usize = 64 * 1024;

/// The connection, and what came on it behind the request.
pub(crate) struct Stream {
    socket: UnixStream,
    frames: Frames,
    out: Vec<u8>,
}

impl Stream {
    pub(crate) fn new(socket: UnixStream, received: &[u8]) -> io::Result<Self> {
        socket.set_read_timeout(Some(STALL))?;
        socket.set_write_timeout(Some(STALL))?;
        let mut frames = Frames::default();
        frames.push(received);
        Ok(Self { socket, frames, out: Vec::new() })
    }

    /// The socket and the frames that came, for an operation that does both ways at once.
    pub(crate) fn into_parts(self) -> (UnixStream, Frames) {
        (self.socket, self.frames)
    }

    /// The answer line, which comes before any frame.
    pub(crate) fn answer(&mut self, answer: Answer) -> io::Result<()> {
        self.socket.write_all(&protocol::line(answer))
    }

    /// Sends bytes as frames.
    pub(crate) fn send(&mut self, kind: u8, bytes: &[u8]) -> io::Result<()> {
        self.out.clear();
        framing::put(&mut self.out, kind, bytes);
        self.socket.write_all(&self.out)
    }

    /// The last frame.
    pub(crate) fn end(&mut self, end: Result<impl Serialize, Refusal>) -> io::Result<()> {
        self.send(kind::END, &end_payload(end))
    }

    /// The next frame; `None` once the other side has closed.
    pub(crate) fn next(&mut self) -> io::Result<Option<Frame>> {
        let mut chunk = [0; CHUNK];
        loop {
            match self.frames.next() {
                Ok(Some(frame)) => return Ok(Some(frame)),
                Ok(None) => {}
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
            match self.socket.read(&mut chunk) {
                Ok(0) => return Ok(None),
                Ok(length) => self.frames.push(&chunk[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// What an end frame holds.
pub(crate) fn end_payload(end: Result<impl Serialize, Refusal>) -> Vec<u8> {
    #[derive(Serialize)]
    struct Failed {
        error: Refusal,
    }
    let payload = match end {
        Ok(end) => serde_json::to_vec(&end),
        Err(error) => serde_json::to_vec(&Failed { error }),
    };
    payload.expect("invariant: structs with text keys serialise")
}
