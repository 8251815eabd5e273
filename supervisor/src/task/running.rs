//! A running task as others see it, and what they can wish of it.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::{Errno, read, write};

use super::TaskId;
use super::progress::Progress;

pub(crate) struct Running {
    pub(super) id: TaskId,
    /// As seen in the sandbox.
    pub(super) pid: i32,
    pub(super) output: Arc<File>,
    pub(super) progress: Arc<Progress>,
    cancelled: AtomicBool,
    stopped: AtomicBool,
    /// Readable once there is a wish.
    bell: OwnedFd,
}

impl Running {
    /// What its thread is called by.
    pub(super) fn new_bell() -> Result<OwnedFd, Errno> {
        eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
    }

    pub(super) fn new(id: TaskId, pid: i32, output: Arc<File>, bell: OwnedFd) -> Self {
        Self {
            id,
            pid,
            output,
            progress: Arc::default(),
            cancelled: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            bell,
        }
    }

    /// A caller doesn't want it any more.
    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        self.ring();
    }

    /// The sandbox is being stopped.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.ring();
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    pub(super) fn bell(&self) -> &OwnedFd {
        &self.bell
    }

    /// To be called before the wishes are looked at.
    pub(super) fn silence(&self) {
        let _ = read(&self.bell, &mut [0; 8]);
    }

    fn ring(&self) {
        let _ = write(&self.bell, &1_u64.to_ne_bytes());
    }
}
