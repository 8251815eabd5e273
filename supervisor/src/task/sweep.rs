//! Which folders are kept, and the removal of the others.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

use rustix::fs::{AtFlags, statat};

use super::TaskId;
use super::record;
use super::tasks::{Known, Register, Tasks};
use crate::files::{remove_all, scan};

/// Folders of ended tasks that are kept.
const KEPT: usize = 20;

/// What decides which folder is older: those of tasks that were seen to end are the newest, and
/// among each other by the time of their last change.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Age {
    seen: bool,
    seconds: i64,
    nanoseconds: u64,
    pub(super) id: TaskId,
}

impl Age {
    /// `None` for the one that runs.
    pub(super) fn of(register: &Register, all: &OwnedFd, id: TaskId) -> Option<Self> {
        let seen = match register.known(&id) {
            Some(Known::Running(_)) => return None,
            Some(Known::Ended(_)) => true,
            None => false,
        };
        let stat = statat(all, id.as_str(), AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some(Self { seen, seconds: stat.st_mtime, nanoseconds: stat.st_mtime_nsec, id })
    }
}

impl Tasks {
    /// Writes down which tasks are lost, and removes what isn't kept. One thread does that at a
    /// time; who finds it at work has it go through the folders once more.
    pub(super) fn sweep(&self) {
        self.to_sweep.store(true, Ordering::Release);
        while self.to_sweep.load(Ordering::Acquire) {
            let Ok(_only_one) = self.sweeping.try_lock() else { return };
            if self.to_sweep.swap(false, Ordering::AcqRel) {
                self.sweep_once();
            }
        }
    }

    /// Sandboxes can put anything in the folder, so only a few names are held at a time, and no
    /// lock over a removal.
    fn sweep_once(&self) {
        let Ok(all) = self.folders.all() else { return };
        let mut kept = BTreeSet::new();
        let _ = scan(&all, |name| {
            match name.to_str().ok().and_then(|name| TaskId::parse(name).ok()) {
                Some(id) => {
                    kept.extend(Age::of(&self.lock(), &all, id));
                    if kept.len() > KEPT
                        && let Some(Age { id, .. }) = kept.pop_first()
                    {
                        discard(self.lock(), &all, &id);
                    }
                }
                None => remove(&all, name),
            }
            true
        });
        for Age { id, .. } in kept {
            let register = self.lock();
            if matches!(self.find(&register, &id), Ok(None)) {
                discard(register, &all, &id);
            }
        }
    }
}

/// Removes a folder, unless it is that of the task that runs; the lock only until it is out of the
/// way.
fn discard(register: MutexGuard<'_, Register>, all: &OwnedFd, id: &TaskId) {
    if matches!(register.known(id), Some(Known::Running(_))) {
        return;
    }
    let aside = record::set_aside(all, id.as_str());
    drop(register);
    if let Some(aside) = aside.ok().flatten().and_then(|aside| CString::new(aside).ok()) {
        remove(all, &aside);
    }
}

/// What can't be removed now is tried again at the next sweep.
fn remove(all: impl AsFd, name: &CStr) {
    if let Ok(folder) = all.as_fd().try_clone_to_owned() {
        let _ = remove_all(folder, name);
    }
}
