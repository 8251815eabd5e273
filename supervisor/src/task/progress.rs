//! How far a task is, and bells for those that wait for more.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::{Errno, write};

use super::outcome::Outcome;

/// Told by the thread that has the task, seen by all.
#[derive(Default)]
pub(crate) struct Progress(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    bytes: u64,
    outcome: Option<Outcome>,
    bells: Vec<Weak<OwnedFd>>,
}

impl Progress {
    /// Of a task that has ended.
    pub(super) fn of(outcome: Outcome) -> Self {
        let bytes = outcome.output_bytes;
        Self(Mutex::new(Inner { bytes, outcome: Some(outcome), bells: Vec::new() }))
    }

    /// So many bytes of output are there.
    pub(super) fn reached(&self, bytes: u64) {
        let mut inner = self.lock();
        if inner.bytes != bytes {
            inner.bytes = bytes;
            inner.ring();
        }
    }

    /// It has ended; all of its output is there.
    pub(super) fn ended(&self, outcome: Outcome) {
        let mut inner = self.lock();
        inner.bytes = outcome.output_bytes;
        inner.outcome = Some(outcome);
        inner.ring();
    }

    /// Bytes of output that are there, and how it ended if it has.
    pub(crate) fn look(&self) -> (u64, Option<Outcome>) {
        let inner = self.lock();
        (inner.bytes, inner.outcome)
    }

    /// A descriptor that is readable when there is something new since it was last read.
    pub(crate) fn watch(&self) -> Result<Arc<OwnedFd>, Errno> {
        let bell = Arc::new(eventfd(1, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        self.lock().bells.push(Arc::downgrade(&bell));
        Ok(bell)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn ring(&mut self) {
        self.bells.retain(|bell| match bell.upgrade() {
            // Full only if it has been rung 2^64 times.
            Some(bell) => write(&bell, &1_u64.to_ne_bytes()).is_ok(),
            None => false,
        });
    }
}
