//! Child processes: each in its own group, each reaped once, by one reaper.
//!
//! As PID 1 (or a subreaper) the supervisor inherits every orphan of the sandbox, so somebody
//! must wait for *any* child; a `Child::wait` elsewhere would race it for the exit status. Hence
//! nobody here waits for a child by itself: whoever spawns one leaves a callback, and the reaper
//! calls it. All signals go through this register too, which knows whether a pid is still ours.

use std::collections::HashMap;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, wait};
use serde::Serialize;

/// How a process ended: one of the two is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Exit {
    /// Its exit code, if it exited.
    pub(crate) code: Option<i32>,
    /// The signal that killed it.
    pub(crate) signal: Option<i32>,
}

impl Exit {
    pub(crate) fn success(self) -> bool {
        self.code == Some(0)
    }
}

type OnExit = Box<dyn FnOnce(Pid, Exit) + Send>;

struct Running {
    on_exit: OnExit,
    /// Whether the rest of its group ends with it.
    with_group: bool,
}

/// The register of running children.
#[derive(Default)]
pub(crate) struct Children {
    running: Mutex<HashMap<Pid, Running>>,
}

impl Children {
    /// Starts a process in a group of its own, with no standard input. `on_exit` is called on the
    /// reaper's thread, after the rest of the group was killed.
    pub(crate) fn spawn(
        &self,
        command: &mut Command,
        on_exit: impl FnOnce(Pid, Exit) + Send + 'static,
    ) -> io::Result<Pid> {
        command.stdin(Stdio::null()).process_group(0);
        self.register(command, true, Box::new(on_exit))
    }

    /// Starts a process that makes itself the leader of a session, with the standard input it has.
    /// What it leaves running when it ends goes on.
    pub(crate) fn spawn_session(
        &self,
        command: &mut Command,
        on_exit: impl FnOnce(Pid, Exit) + Send + 'static,
    ) -> io::Result<Pid> {
        self.register(command, false, Box::new(on_exit))
    }

    fn register(
        &self,
        command: &mut Command,
        with_group: bool,
        on_exit: OnExit,
    ) -> io::Result<Pid> {
        // Held over the spawn: the reaper must not meet a pid that isn't registered yet.
        let mut running = self.lock();
        let child = command.spawn()?;
        let pid = Pid::from_child(&child);
        running.insert(pid, Running { on_exit, with_group });
        drop(running);
        prefer_as_oom_victim(pid);
        Ok(pid)
    }

    /// Runs a process to its end. Killed, and an error, if that takes longer than `limit`.
    pub(crate) fn run(&self, command: &mut Command, limit: Duration) -> io::Result<Exit> {
        let (sender, exit) = mpsc::sync_channel(1);
        let pid = self.spawn(command, move |_, exit| {
            let _ = sender.send(exit);
        })?;
        match exit.recv_timeout(limit) {
            Ok(exit) => Ok(exit),
            Err(RecvTimeoutError::Timeout) => {
                self.signal(pid, Signal::KILL);
                Err(io::Error::new(io::ErrorKind::TimedOut, format!("took longer than {limit:?}")))
            }
            Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Signals the group of a child, if that child hasn't been reaped.
    pub(crate) fn signal(&self, pid: Pid, signal: Signal) {
        if self.lock().contains_key(&pid) {
            let _ = kill_process_group(pid, signal);
        }
    }

    /// Signals every group.
    pub(crate) fn signal_all(&self, signal: Signal) {
        for pid in self.lock().keys() {
            let _ = kill_process_group(*pid, signal);
        }
    }

    /// Whether nothing that was spawned here runs any more.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Takes every child that has ended, orphans too. To be called after each SIGCHLD.
    pub(crate) fn reap(&self) {
        loop {
            let mut running = self.lock();
            let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) else { return };
            let Some(Running { on_exit, with_group }) = running.remove(&pid) else { continue };
            // What its group left behind. The kernel gives a number out again only once neither a
            // process nor a group has it, so as long as there is something to kill it is ours.
            if with_group {
                let _ = kill_process_group(pid, Signal::KILL);
            }
            drop(running);
            on_exit(pid, Exit { code: status.exit_status(), signal: status.terminating_signal() });
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Pid, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When the sandbox runs out of memory the kernel is to take a child of ours, not the supervisor,
/// with which the whole container would go. Raising one's own score needs no privilege (`proc(5)`).
fn prefer_as_oom_victim(pid: Pid) {
    let _ = std::fs::write(format!("/proc/{}/oom_score_adj", pid.as_raw_nonzero()), "500");
}
