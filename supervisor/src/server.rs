//! The Unix socket: a thread per connection, few of them, none for long.
//!
//! Processes of the sandbox can connect as well as the host, so a client may be hostile: it can
//! keep neither a thread beyond a deadline nor the supervisor's loop at all.

use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::ops::{self, Context};
use crate::protocol::{self, MAX_REQUEST, Refusal};
use crate::repository::remove_tree;

/// Connections answered at a time; one more is told `busy`.
const MAX_CONNECTIONS: usize = 16;
/// How long a connection may take to send a whole request, waiting for it included.
const REQUEST_DEADLINE: Duration = Duration::from_secs(10);
/// How long a connection may take to read a whole answer.
const ANSWER_DEADLINE: Duration = Duration::from_secs(5);
/// Pause after a failed accept (too many open files), which would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens at `path`, replacing what stands there, and starts to answer.
pub(crate) fn serve(path: &Path, context: Context) -> io::Result<()> {
    remove_tree(path)?;
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    let context = Arc::new(context);
    thread::Builder::new().name("socket".into()).spawn(move || accept(&listener, &context))?;
    Ok(())
}

fn accept(listener: &UnixListener, context: &Arc<Context>) {
    let slots = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            thread::park_timeout(ACCEPT_PAUSE);
            continue;
        };
        let Some(slot) = Slot::take(&slots) else {
            refuse(stream);
            continue;
        };
        let context = Arc::clone(context);
        // No thread to be had: the connection closes, and the client sees that.
        let _ = thread::Builder::new().name("connection".into()).spawn(move || {
            let _slot = slot;
            let _ = converse(stream, &context);
        });
    }
}

/// One of the connections that may be open; given back when dropped.
struct Slot(Arc<AtomicUsize>);

impl Slot {
    fn take(slots: &Arc<AtomicUsize>) -> Option<Self> {
        let taken = slots.fetch_add(1, Ordering::AcqRel);
        let slot = Self(Arc::clone(slots));
        (taken < MAX_CONNECTIONS).then_some(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Says `busy` without waiting: the answer fits the socket's buffer, or is lost.
fn refuse(mut stream: UnixStream) {
    let busy = protocol::line(Err(Refusal::new("busy", "too many connections")));
    if stream.set_nonblocking(true).is_ok() {
        let _ = stream.write(&busy);
    }
}

/// Answers requests until the client closes, is too slow or sends a line that is too long.
fn converse(mut stream: UnixStream, context: &Context) -> io::Result<()> {
    let mut received = Vec::new();
    while let Some(line) = next_line(&mut stream, &mut received)? {
        let (answer, last) = match line {
            Line::Whole(line) => (ops::answer(context, &line), false),
            Line::TooLong => {
                let text = format!("a request is at most {MAX_REQUEST} bytes");
                (Err(Refusal::new("too_large", text)), true)
            }
        };
        send(&mut stream, &protocol::line(answer))?;
        if last {
            break;
        }
    }
    Ok(())
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
            return Ok(Some(if line.len() > MAX_REQUEST {
                Line::TooLong
            } else {
                Line::Whole(line)
            }));
        }
        if received.len() > MAX_REQUEST {
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
