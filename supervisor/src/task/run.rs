//! The thread that has a task: empties its pipe, keeps its time, sees to its end.
//!
//! The program runs until it exits, is cancelled, or its time is up. Then its output is waited for
//! a little, since others may hold the pipe; then what is left of its group is ended. Nobody who
//! asks for the task has a part in that.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionread, read};
use rustix::process::Signal;

use super::folder::Begun;
use super::lived_time::{LivedTime, STEP};
use super::outcome::{Cause, Outcome};
use super::output::Output;
use super::running::Running;
use crate::dev_server;
use crate::exec::Child;

/// How long a group may take to end after SIGTERM.
const KILL_AFTER: Duration = Duration::from_secs(5);
/// How long others are listened to that hold the pipe of a program that has ended.
const DRAIN: Duration = Duration::from_secs(2);
/// The same where the sandbox is being stopped and the engine waits for no more than 5 s.
const DRAIN_AT_STOP: Duration = Duration::from_millis(500);
/// How long a group is waited for after SIGKILL: a zombie whose parent is elsewhere never goes.
const GIVE_UP_AFTER: Duration = Duration::from_secs(2);
/// How often a group is looked at that was told to end.
const GROUP_TICK: Duration = Duration::from_millis(20);
/// Read from the pipe at a time, bytes.
const CHUNK: usize = 64 * 1024;

/// A task that runs, and all that its thread knows of it.
pub(super) struct Run {
    pub(super) running: Arc<Running>,
    pub(super) begun: Begun,
    child: Child,
    pipe: Option<OwnedFd>,
    output: Output,
    chunk: Vec<u8>,
    time: LivedTime,
    /// When its time is up, in lived time, as all below.
    timeout_at: Duration,
    /// Why it was told to end, if it was.
    told: Option<Cause>,
    kill_at: Option<Duration>,
    drain_until: Option<Duration>,
}

impl Run {
    pub(super) fn new(
        running: Arc<Running>,
        begun: Begun,
        (child, pipe): (Child, OwnedFd),
        output: Output,
        timeout: Duration,
    ) -> Self {
        Self {
            running,
            begun,
            child,
            pipe: Some(pipe),
            output,
            chunk: vec![0; CHUNK],
            time: LivedTime::new(),
            timeout_at: timeout,
            told: None,
            kill_at: None,
            drain_until: None,
        }
    }

    /// Returns when nothing of it is left that can be reached, with how it ended.
    pub(super) fn see_to_the_end(&mut self) -> Outcome {
        loop {
            let now = self.time.now();
            self.heed(now);
            if self.is_over(now) {
                break;
            }
            self.wait(now);
            self.listen();
        }
        self.take_the_rest();
        self.pipe = None;
        self.end_group();
        let dropped_bytes = self.output.finish();
        let exit = self.child.exit();
        Outcome {
            code: exit.and_then(|exit| exit.code),
            signal: exit.and_then(|exit| exit.signal),
            cause: self.told.unwrap_or(Cause::Exited),
            output_bytes: self.output.written(),
            dropped_bytes,
        }
    }

    /// Does what is wished or due.
    fn heed(&mut self, now: Duration) {
        self.running.silence();
        let stopped = self.running.is_stopped();
        if self.child.exit().is_none() {
            let due = [
                (self.running.is_cancelled(), Cause::Cancelled),
                (stopped, Cause::Stopped),
                (now >= self.timeout_at, Cause::Timeout),
            ];
            let cause = due.into_iter().find_map(|(is_so, cause)| is_so.then_some(cause));
            if let (None, Some(cause)) = (self.told, cause) {
                self.told = Some(cause);
                self.tell(now, cause);
            }
        } else if self.drain_until.is_none() {
            self.drain_until = Some(now + DRAIN);
            // The wish to stop comes before the signal, so a program that the signal has ended by the
            // time of this look was stopped, and didn't end by itself.
            if stopped {
                self.told = self.told.or(Some(Cause::Stopped));
            }
        }
        if stopped {
            let soon = |at: Duration, within| at.min(now + within);
            self.drain_until = self.drain_until.map(|at| soon(at, DRAIN_AT_STOP));
            self.kill_at = self.kill_at.map(|at| soon(at, dev_server::KILL_AFTER));
        }
        if self.kill_at.is_some_and(|at| now >= at) {
            self.kill_at = None;
            self.child.signal(Signal::KILL);
        }
    }

    fn tell(&mut self, now: Duration, cause: Cause) {
        // At a stop every group is told, by the supervisor's loop; twice means "hurry" to some.
        if cause != Cause::Stopped {
            self.child.signal(Signal::TERM);
        }
        self.kill_at = Some(now + KILL_AFTER);
    }

    /// Whether the program has ended and no more of its output is waited for.
    fn is_over(&self, now: Duration) -> bool {
        self.drain_until.is_some_and(|until| self.pipe.is_none() || now >= until)
    }

    fn wait(&mut self, now: Duration) {
        let due = [Some(self.timeout_at), self.kill_at, self.drain_until];
        // What was due before this look has been done, or has no more effect.
        let due = due.into_iter().flatten().filter(|at| *at > now).min();
        let timeout = due.map_or(STEP, |at| (at - now).min(STEP));
        let mut fds = vec![PollFd::new(self.running.bell(), PollFlags::IN)];
        fds.extend(self.pipe.iter().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        // By what `heed` knows, not by what is so by now: an end between the two has to wake us.
        if self.drain_until.is_none() {
            fds.push(PollFd::new(self.child.bell(), PollFlags::IN));
        }
        doze(&mut fds, timeout);
    }

    /// Takes what is in the pipe, once.
    fn listen(&mut self) -> usize {
        let Some(pipe) = &self.pipe else { return 0 };
        match read(pipe, &mut self.chunk) {
            Err(Errno::AGAIN | Errno::INTR) => 0,
            Ok(0) | Err(_) => {
                self.pipe = None;
                0
            }
            Ok(length) => {
                self.output.append(&self.chunk[..length]);
                self.running.progress.reached(self.output.written());
                length
            }
        }
    }

    /// Takes what was printed up to now, whoever goes on printing.
    fn take_the_rest(&mut self) {
        let waiting = self.pipe.as_ref().map_or(0, |pipe| ioctl_fionread(pipe).unwrap_or(0));
        let mut owed = usize::try_from(waiting).unwrap_or(0);
        while owed > 0 {
            match self.listen() {
                0 => return,
                length => owed = owed.saturating_sub(length),
            }
        }
    }

    /// Ends what the program has left in its group: it would go on changing the workspace.
    fn end_group(&mut self) {
        if self.kill_at.is_none() && self.child.has_group() {
            let now = self.time.now();
            self.tell(now, Cause::Exited);
        }
        let mut give_up_at = None;
        while self.child.has_group() {
            let now = self.time.now();
            self.heed(now);
            if self.kill_at.is_none() && now >= *give_up_at.get_or_insert(now + GIVE_UP_AFTER) {
                return;
            }
            doze(&mut [PollFd::new(self.running.bell(), PollFlags::IN)], GROUP_TICK);
        }
    }
}

/// Waits until one is ready or the time is over.
fn doze(fds: &mut [PollFd<'_>], limit: Duration) {
    match poll(fds, Timespec::try_from(limit).ok().as_ref()) {
        Ok(_) | Err(Errno::INTR) => {}
        // The kernel has no memory for it now.
        Err(_) => thread::park_timeout(GROUP_TICK),
    }
}
