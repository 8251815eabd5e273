//! Room for a task that begins, where the output of earlier ones fills the disk.

use std::collections::BTreeSet;
use std::io;

use rustix::io::Errno;

use super::folder::Begun;
use super::sweep::Age;
use super::tasks::{Register, Tasks};
use super::{Order, TaskId};
use crate::files::scan;

/// Most folders that are looked at.
const MAX_LOOKED_AT: usize = 64;

impl Tasks {
    /// Notes a task as begun. While there is no room for that, what the oldest ended task printed
    /// goes: nobody has begun the next one before reading it, and no sandbox is to be without
    /// tasks for ever.
    pub(super) fn begin(&self, register: &Register, order: &Order) -> io::Result<Begun> {
        let mut begun = self.folders.begin(order);
        if !is_full(&begun) {
            return begun;
        }
        for id in self.oldest(register)? {
            let folder = self.folders.find(&id)?;
            if folder.is_some_and(|folder| folder.remove_output()) {
                begun = self.folders.begin(order);
            }
            if !is_full(&begun) {
                break;
            }
        }
        begun
    }

    /// The oldest first.
    fn oldest(&self, register: &Register) -> io::Result<impl Iterator<Item = TaskId>> {
        let all = self.folders.all()?;
        let mut oldest = BTreeSet::new();
        scan(&all, |name| {
            let id = name.to_str().ok().and_then(|name| TaskId::parse(name).ok());
            oldest.extend(id.and_then(|id| Age::of(register, &all, id)));
            if oldest.len() > MAX_LOOKED_AT {
                oldest.pop_last();
            }
            true
        })?;
        Ok(oldest.into_iter().map(|age| age.id))
    }
}

fn is_full(begun: &io::Result<Begun>) -> bool {
    let error = begun.as_ref().err().and_then(Errno::from_io_error);
    matches!(error, Some(Errno::NOSPC | Errno::DQUOT))
}
