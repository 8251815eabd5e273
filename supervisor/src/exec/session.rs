//! A program and its caller: frames in, frames out, and the end of either.
//!
//! One thread, one `poll`; nothing is read that can't be passed on, so each side waits for the
//! other and memory stays bounded.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read, write};
use rustix::process::Signal;
use rustix::termios::tcsetwinsize;
use serde::{Deserialize, Serialize};

use super::child::Child;
use super::input::Input;
use super::output::Output;
use super::program::Size;
use super::start::Started;
use crate::children::Exit;
use crate::dev_server::KILL_AFTER;
use crate::framing::{self, Frame, Frames, kind};
use crate::protocol::Refusal;
use crate::stream::end_payload;

/// How long others are listened to that hold the output of a program that has ended.
const DRAIN: Duration = Duration::from_secs(2);
/// How often a group is looked at that was told to end and whose leader has.
const GROUP_TICK: Duration = Duration::from_millis(50);
/// Read from the caller at a time, bytes.
const CHUNK: usize = 16 * 1024;

#[derive(Serialize)]
struct End {
    code: Option<i32>,
    signal: Option<i32>,
    timed_out: bool,
}

/// Both sides, until one of them ends.
pub(crate) struct Session {
    child: Child,
    terminal: Option<OwnedFd>,
    input: Input,
    outputs: Vec<Output>,
    socket: UnixStream,
    frames: Frames,
    /// On its way to the caller; nothing is read from the program while there is any.
    out: Vec<u8>,
    sent: usize,
    caller_ended: bool,
    caller_gone: bool,
    timed_out: bool,
    timeout_at: Option<Instant>,
    kill_at: Option<Instant>,
    drain_until: Option<Instant>,
}

/// What a turn of the loop found.
struct Ready {
    socket: PollFlags,
    input: bool,
    outputs: Vec<bool>,
}

impl Session {
    pub(crate) fn new(
        started: Started,
        timeout: Option<Duration>,
        socket: UnixStream,
        frames: Frames,
    ) -> Self {
        let Started { child, input, outputs, terminal } = started;
        let caller_gone = socket.set_nonblocking(true).is_err();
        Self {
            child,
            input: Input::new(input, terminal.is_some()),
            terminal,
            outputs: outputs.into_iter().map(|(kind, fd)| Output::new(kind, fd)).collect(),
            socket,
            frames,
            out: Vec::new(),
            sent: 0,
            caller_ended: false,
            caller_gone,
            timed_out: false,
            timeout_at: timeout.map(|timeout| Instant::now() + timeout),
            kill_at: None,
            drain_until: None,
        }
    }

    /// Runs until the caller has the end, or is gone and the program too.
    pub(crate) fn run(mut self) {
        self.take_frames();
        while !self.caller_gone {
            let now = Instant::now();
            self.keep_time(now);
            if self.is_over(now) {
                return self.send_end();
            }
            match self.wait(now) {
                Ok(ready) => self.pass_on(&ready),
                Err(_) => self.caller_gone = true,
            }
        }
        self.abandon();
    }

    fn keep_time(&mut self, now: Instant) {
        if self.timeout_at.is_some_and(|at| now >= at) && self.child.exit().is_none() {
            self.timeout_at = None;
            self.timed_out = true;
            self.terminate(now);
        }
        if self.kill_at.is_some_and(|at| now >= at) {
            self.kill_at = None;
            self.child.signal(Signal::KILL);
        }
        if self.drain_until.is_none() && self.child.exit().is_some() {
            self.drain_until = Some(now + DRAIN);
            self.outputs.iter_mut().for_each(Output::program_ended);
        }
    }

    fn terminate(&mut self, now: Instant) {
        self.child.signal(Signal::TERM);
        self.kill_at = Some(now + KILL_AFTER);
    }

    /// Whether the program has ended, what it printed is on its way, and nothing of it is left
    /// that was told to end.
    fn is_over(&mut self, now: Instant) -> bool {
        let Some(until) = self.drain_until else { return false };
        if self.kill_at.is_some() && self.child.has_group() {
            return false;
        }
        self.outputs.iter().all(|output| output.fd().is_none())
            || now >= until && self.outputs.iter().all(Output::is_settled)
    }

    fn wait(&mut self, now: Instant) -> io::Result<Ready> {
        let timeout = self.due_in(now);
        let sending = self.sent < self.out.len();
        let mut wanted = PollFlags::empty();
        wanted.set(PollFlags::IN, !self.caller_ended && self.input.has_room());
        wanted.set(PollFlags::OUT, sending);
        let mut fds = vec![PollFd::new(&self.socket, wanted)];
        // By what `keep_time` knows, not by what is so by now: an end between the two has to wake us.
        let known = self.drain_until.is_some();
        if !known {
            fds.push(PollFd::new(self.child.bell(), PollFlags::IN));
        }
        let input = self.input.wanting();
        fds.extend(input.map(|fd| PollFd::new(fd, PollFlags::OUT)));
        let readable: Vec<Option<&OwnedFd>> =
            self.outputs.iter().map(|output| output.fd().filter(|_| !sending)).collect();
        fds.extend(readable.iter().flatten().map(|fd| PollFd::new(fd, PollFlags::IN)));
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut found = fds.iter().map(PollFd::revents);
        let mut next = || found.next().unwrap_or(PollFlags::empty());
        let socket = next();
        if !known {
            next();
        }
        let input = input.is_some() && !next().is_empty();
        let outputs = readable.iter().map(|fd| fd.is_some() && !next().is_empty()).collect();
        Ok(Ready { socket, input, outputs })
    }

    /// How long until there is something to do if nothing comes; `None`: for ever.
    fn due_in(&self, now: Instant) -> Option<Timespec> {
        let settling = self.drain_until.filter(|until| *until > now);
        // A group that was told to end rings no bell.
        let group = self.drain_until.and(self.kill_at).map(|_| now + GROUP_TICK);
        let due = [self.timeout_at, self.kill_at, settling, group].into_iter().flatten().min()?;
        Timespec::try_from(due.saturating_duration_since(now)).ok()
    }

    fn pass_on(&mut self, ready: &Ready) {
        if ready.socket.intersects(PollFlags::HUP | PollFlags::ERR) {
            self.caller_gone = true;
            return;
        }
        if ready.socket.contains(PollFlags::IN) {
            self.receive();
        }
        if ready.input {
            self.input.write();
        }
        for (output, ready) in self.outputs.iter_mut().zip(&ready.outputs) {
            if *ready {
                output.read(&mut self.out);
            }
        }
        self.flush();
    }

    fn receive(&mut self) {
        let mut chunk = [0; CHUNK];
        match read(&self.socket, &mut chunk) {
            Ok(0) => {
                self.caller_ended = true;
                self.input.end();
            }
            Ok(length) => {
                self.frames.push(&chunk[..length]);
                self.take_frames();
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.caller_gone = true,
        }
    }

    fn take_frames(&mut self) {
        loop {
            match self.frames.next() {
                Ok(Some(frame)) if self.obey(&frame) => {}
                Ok(None) => return,
                // Not the protocol: as good as gone.
                Ok(Some(_)) | Err(_) => {
                    self.caller_gone = true;
                    return;
                }
            }
        }
    }

    /// Does what a frame says; false if it says nothing that is known.
    fn obey(&mut self, frame: &Frame) -> bool {
        #[derive(Deserialize)]
        struct Kill {
            signal: i32,
        }
        match frame.kind {
            kind::INPUT if frame.payload.is_empty() => self.input.end(),
            kind::INPUT => self.input.put(&frame.payload),
            kind::RESIZE => {
                let size = serde_json::from_slice::<Size>(&frame.payload).ok();
                let Some(window) = size.and_then(Size::window) else { return false };
                if let Some(terminal) = &self.terminal {
                    let _ = tcsetwinsize(terminal, window);
                }
            }
            kind::SIGNAL => {
                let kill = serde_json::from_slice::<Kill>(&frame.payload).ok();
                let Some(signal) = kill.and_then(|kill| Signal::from_named_raw(kill.signal)) else {
                    return false;
                };
                if self.child.exit().is_none() {
                    self.child.signal(signal);
                }
            }
            _ => return false,
        }
        true
    }

    fn flush(&mut self) {
        if self.sent < self.out.len() {
            match write(&self.socket, &self.out[self.sent..]) {
                Ok(length) => self.sent += length,
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(_) => self.caller_gone = true,
            }
        }
        if self.sent == self.out.len() {
            self.out.clear();
            self.sent = 0;
        }
    }

    /// The end frame, however long the caller takes to read what is before it.
    fn send_end(mut self) {
        let Some(Exit { code, signal }) = self.child.exit() else { return };
        let end = End { code, signal, timed_out: self.timed_out };
        framing::put(&mut self.out, kind::END, &end_payload(Ok::<_, Refusal>(end)));
        self.outputs.clear();
        while !self.caller_gone && self.sent < self.out.len() {
            let mut fds = [PollFd::new(&self.socket, PollFlags::OUT)];
            match poll(&mut fds, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => return,
            }
            self.caller_gone = fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR);
            self.flush();
        }
    }

    /// Nobody is interested any more: what runs is told to end, then made to.
    fn abandon(self) {
        let Self { mut child, terminal, input, outputs, socket, .. } = self;
        drop((terminal, input, outputs, socket));
        if child.exit().is_some() {
            return;
        }
        child.signal(Signal::TERM);
        let deadline = Instant::now() + KILL_AFTER;
        while Instant::now() < deadline && (child.exit().is_none() || child.has_group()) {
            let tick = Timespec::try_from(GROUP_TICK).ok();
            let _ = poll(&mut [PollFd::new(&child.bell().as_fd(), PollFlags::IN)], tick.as_ref());
        }
        child.signal(Signal::KILL);
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
