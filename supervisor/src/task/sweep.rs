//! Which folders are kept, and the removal of the others.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;

use rustix::fs::{AtFlags, statat};

use super::TaskId;
use super::record;
use super::tasks::{Known, Tasks};
use crate::files::{remove_all, scan};

/// Folders of ended tasks that are kept.
const KEPT: usize = 20;

/// What decides which folder is older: those of tasks that were seen to end are the newest, and
/// among each other by the time of their last change.
type Age = (bool, i64, u64, TaskId);

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
                    kept.extend(self.age(&all, id));
                    if kept.len() > KEPT {
                        self.discard(&all, kept.pop_first());
                    }
                }
                None => remove(&all, name),
            }
            true
        });
        for age in kept {
            let found = self.find(&self.lock(), &age.3);
            if matches!(found, Ok(None)) {
                self.discard(&all, Some(age));
            }
        }
    }

    /// `None` for the one that runs.
    fn age(&self, all: &OwnedFd, id: TaskId) -> Option<Age> {
        let seen = match self.lock().known(&id) {
            Some(Known::Running(_)) => return None,
            Some(Known::Ended(_)) => true,
            None => false,
        };
        let stat = statat(all, id.as_str(), AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some((seen, stat.st_mtime, stat.st_mtime_nsec, id))
    }

    fn discard(&self, all: &OwnedFd, age: Option<Age>) {
        let Some((.., id)) = age else { return };
        let register = self.lock();
        if matches!(register.known(&id), Some(Known::Running(_))) {
            return;
        }
        let aside = record::set_aside(all, id.as_str());
        drop(register);
        if let Some(aside) = aside.ok().flatten().and_then(|aside| CString::new(aside).ok()) {
            remove(all, &aside);
        }
    }
}

/// What can't be removed now is tried again at the next sweep.
fn remove(all: impl AsFd, name: &CStr) {
    if let Ok(folder) = all.as_fd().try_clone_to_owned() {
        let _ = remove_all(folder, name);
    }
}
