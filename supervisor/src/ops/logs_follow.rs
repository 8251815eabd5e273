//! `logs.follow`: the end of the log, and what is added while the caller is there.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use serde::Deserialize;
use serde_json::Map;

use super::Live;
use crate::framing::{self, MAX_PAYLOAD, kind};
use crate::log_feed::Follower;
use crate::log_file::LogFile;
use crate::protocol::{Refusal, Request};
use crate::stream::Stream;

/// Most bytes of what was there before.
const MAX_BYTES: u64 = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    #[serde(default = "max_bytes")]
    bytes: u64,
}

fn max_bytes() -> u64 {
    MAX_BYTES
}

pub(super) fn run(live: &Live, request: Request, mut stream: Stream) -> io::Result<()> {
    let started = request.arguments().and_then(|Arguments { bytes }| {
        if bytes > MAX_BYTES {
            return Err(Refusal::new("invalid_request", format!("bytes is at most {MAX_BYTES}")));
        }
        live.log
            .follow(bytes)
            .map_err(|error| Refusal::new("internal", format!("reading the log: {error}")))
    });
    let (tail, mut follower) = match started {
        Ok(started) => started,
        Err(refusal) => return stream.answer(Err(refusal)),
    };
    stream.answer(Ok(Map::new()))?;
    stream.send(kind::OUTPUT, &tail)?;
    let (socket, _) = stream.into_parts();
    // A caller may look away for as long as it likes.
    socket.set_write_timeout(None)?;
    loop {
        send_new(&live.log, &mut follower, &socket)?;
        let mut fds = [
            PollFd::new(follower.bell(), PollFlags::IN),
            PollFd::new(&socket, PollFlags::IN | PollFlags::RDHUP),
        ];
        match poll(&mut fds, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        // Nothing is expected from the caller, so whatever comes is the end.
        if !fds[1].revents().is_empty() {
            return Ok(());
        }
    }
}

fn send_new(log: &LogFile, follower: &mut Follower, mut socket: &UnixStream) -> io::Result<()> {
    loop {
        let (lost, bytes) = log.feed().next(follower, MAX_PAYLOAD);
        if bytes.is_empty() && lost == 0 {
            return Ok(());
        }
        let mut out = Vec::new();
        if lost > 0 {
            let line = format!("\n[sandboxd] {lost} bytes came too fast and are left out\n");
            framing::put(&mut out, kind::OUTPUT, line.as_bytes());
        }
        framing::put(&mut out, kind::OUTPUT, &bytes);
        socket.write_all(&out)?;
    }
}
