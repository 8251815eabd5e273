//! A running program: how it is signalled, and how its end is seen.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::write;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use crate::children::{Children, Exit};

/// The leader of a session of its own.
pub(crate) struct Child {
    children: Arc<Children>,
    pid: Pid,
    /// Readable once it has ended.
    bell: Arc<OwnedFd>,
    ended: Receiver<Exit>,
    exit: Option<Exit>,
}

impl Child {
    /// Runs `spawn`, which gets what is to be called at the end.
    pub(super) fn spawn(
        children: &Arc<Children>,
        command: &mut std::process::Command,
    ) -> io::Result<Self> {
        let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let (sender, ended) = mpsc::sync_channel(1);
        let rung = Arc::clone(&bell);
        let pid = children.spawn_session(command, move |_, exit| {
            let _ = sender.try_send(exit);
            let _ = write(&rung, &1_u64.to_ne_bytes());
        })?;
        Ok(Self { children: Arc::clone(children), pid, bell, ended, exit: None })
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    pub(crate) fn bell(&self) -> &OwnedFd {
        &self.bell
    }

    /// How it ended, if it has.
    pub(crate) fn exit(&mut self) -> Option<Exit> {
        if self.exit.is_none() {
            self.exit = self.ended.try_recv().ok();
        }
        self.exit
    }

    /// Signals its group, which lives on without it as long as one of its processes does.
    pub(crate) fn signal(&mut self, signal: Signal) {
        if self.exit().is_none() {
            self.children.signal(self.pid, signal);
        } else {
            let _ = kill_process_group(self.pid, signal);
        }
    }

    /// Whether a process of its group is left.
    pub(crate) fn has_group(&self) -> bool {
        test_kill_process_group(self.pid).is_ok()
    }
}
