//! One connection: requests and answers, until an operation takes it over.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::ops::{self, Context};
use crate::protocol::{self, MAX_REQUEST, MAX_TASK_REQUEST, Refusal, Request};
use crate::slots::{Slot, Slots};
use crate::stream::Stream;

/// How long a connection may take to send a whole request, waiting for it included.
const REQUEST_DEADLINE: Duration = Duration::from_secs(10);
/// How long a connection may take to read a whole answer.
const ANSWER_DEADLINE: Duration = Duration::from_secs(5);

/// Answers requests until the client closes, is too slow, sends a line that is too long, or asks
/// for a stream, which takes a place of its own.
pub(crate) fn converse(
    mut socket: UnixStream,
    context: &Context,
    slot: Slot,
    streams: &Slots,
) -> io::Result<()> {
    let mut received = Vec::new();
    while let Some(line) = next_line(&mut socket, &mut received)? {
        let Line::Whole(line) = line else {
            return send(&mut socket, &protocol::line(Err(too_large(MAX_TASK_REQUEST))));
        };
        let is_long = line.len() > MAX_REQUEST;
        let longest = || Request::op_of(&line).map_or(MAX_REQUEST, |op| ops::longest(&op));
        if is_long
            && let limit = longest()
            && line.len() > limit
        {
            return send(&mut socket, &protocol::line(Err(too_large(limit))));
        }
        let guard =
            is_long.then(|| context.long_requests.lock().unwrap_or_else(PoisonError::into_inner));
        let answer = match Request::parse(&line) {
            Ok(request) if ops::is_stream(&request.op) => {
                drop((guard, line));
                let Some(_place) = streams.take() else {
                    let busy = Refusal::new("busy", "too many streams");
                    return send(&mut socket, &protocol::line(Err(busy)));
                };
                drop(slot);
                return ops::stream(context, request, Stream::new(socket, &received)?);
            }
            Ok(request) => ops::answer(context, request),
            Err(refusal) => Err(refusal),
        };
        drop((guard, line));
        send(&mut socket, &protocol::line(answer))?;
    }
    Ok(())
}

fn too_large(limit: usize) -> Refusal {
    Refusal::new("too_large", format!("this request is at most {limit} bytes"))
}

enum Line {
    Whole(Vec<u8>),
    TooLong,
}

/// The next line without its newline; what came after it stays in `received`. `None` at the end.
fn next_line(stream: &mut UnixStream, received: &mut Vec<u8>) -> io::Result<Option<Line>> {
    let deadline = Instant::now() + REQUEST_DEADLINE;
    let mut searched = 0;
    let mut chunk = [0; 4096];
    loop {
        if let Some(at) = received[searched..].iter().position(|byte| *byte == b'\n') {
            let mut line: Vec<u8> = received.drain(..=searched + at).collect();
            line.pop();
            return Ok(Some(if line.len() > MAX_TASK_REQUEST {
                Line::TooLong
            } else {
                Line::Whole(line)
            }));
        }
        if received.len() > MAX_TASK_REQUEST {
            return Ok(Some(Line::TooLong));
        }
        searched = received.len();
        stream.set_read_timeout(Some(remaining(deadline)?))?;
        match stream.read(&mut chunk) {
            Ok(0) => return Ok(None),
            Ok(length) => received.extend_from_slice(&chunk[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn send(stream: &mut UnixStream, mut bytes: &[u8]) -> io::Result<()> {
    let deadline = Instant::now() + ANSWER_DEADLINE;
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(remaining(deadline)?))?;
        match stream.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The time left, never zero (which a socket takes for "no limit").
fn remaining(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}
