//! `task.follow`: a task's output from any offset on, and its result.
//!
//! Read from the file, at the caller's pace: nothing is held for it, so nothing is ever left out.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, read};
use serde::{Deserialize, Serialize};

use super::Live;
use crate::framing::{self, MAX_PAYLOAD, kind};
use crate::protocol::{Refusal, Request, body};
use crate::stream::{Stream, end_payload};
use crate::task::{Source, State, TaskId};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    id: String,
    offset: u64,
}

#[derive(Serialize)]
struct Reply {
    state: State,
    offset: u64,
}

pub(super) fn run(live: &Live, request: Request, mut stream: Stream) -> io::Result<()> {
    let (source, reply) = match begin(live, request) {
        Ok(begun) => begun,
        Err(refusal) => return stream.answer(Err(refusal)),
    };
    stream.answer(body(&reply))?;
    let (socket, _) = stream.into_parts();
    // A caller may look away for as long as it likes.
    socket.set_write_timeout(None)?;
    follow(&source, reply.offset, &socket)
}

fn begin(live: &Live, request: Request) -> Result<(Source, Reply), Refusal> {
    let Arguments { id, offset } = request.arguments()?;
    let source = live.tasks.source(&TaskId::parse(&id)?)?;
    let (bytes, outcome) = source.progress.look();
    if offset > bytes {
        let text = format!("offset is beyond the {bytes} bytes that are there");
        return Err(Refusal::new("invalid_request", text));
    }
    Ok((source, Reply { state: State::of(outcome), offset }))
}

fn follow(source: &Source, mut offset: u64, mut socket: &UnixStream) -> io::Result<()> {
    let bell = source.progress.watch()?;
    loop {
        let _ = read(&bell, &mut [0; 8]);
        let (bytes, outcome) = source.progress.look();
        send(source.output.as_deref(), offset, bytes, socket)?;
        offset = bytes;
        if let Some(outcome) = outcome {
            let mut out = Vec::new();
            framing::put(&mut out, kind::END, &end_payload(Ok::<_, Refusal>(outcome)));
            return socket.write_all(&out);
        }
        let mut fds = [
            PollFd::new(&*bell, PollFlags::IN),
            PollFd::new(socket, PollFlags::IN | PollFlags::RDHUP),
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

/// Sends what is in the file from one offset to another.
fn send(file: Option<&File>, from: u64, to: u64, mut socket: &UnixStream) -> io::Result<()> {
    let mut at = from;
    let mut chunk = vec![0; if at < to { MAX_PAYLOAD } else { 0 }];
    let mut out = Vec::new();
    while at < to {
        let wanted = usize::try_from(to - at).unwrap_or(MAX_PAYLOAD).min(MAX_PAYLOAD);
        let part = &mut chunk[..wanted];
        fill(file, part, at)?;
        out.clear();
        framing::put(&mut out, kind::OUTPUT, part);
        socket.write_all(&out)?;
        at += wanted as u64;
    }
    Ok(())
}

/// Reads exactly that many bytes. What somebody in the sandbox has cut off the file is NUL, so that
/// offsets stay what they are and nobody waits for it.
fn fill(file: Option<&File>, part: &mut [u8], at: u64) -> io::Result<()> {
    let mut filled = 0;
    while filled < part.len() {
        let place = at + filled as u64;
        match file.map_or(Ok(0), |file| file.read_at(&mut part[filled..], place)) {
            Ok(0) => {
                part[filled..].fill(0);
                return Ok(());
            }
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
