//! Where the tasks' folders are: `tasks` in the run directory.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, fsync, mkdirat, openat, unlinkat};
use rustix::io::Errno;

use super::folder::{Begun, Folder};
use super::record;
use super::{Order, TaskId};

const TASKS: &str = "tasks";
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

pub(super) struct Folders {
    run: OwnedFd,
}

impl Folders {
    pub(super) fn open(run: &Path) -> io::Result<Self> {
        Ok(Self { run: openat(CWD, run, DIRECTORY, Mode::empty())? })
    }

    /// The folder of all of them; made if it is missing.
    pub(super) fn all(&self) -> io::Result<OwnedFd> {
        match plain(&self.run, TASKS) {
            Err(Errno::NOENT) => {}
            Err(Errno::NOTDIR | Errno::LOOP) => unlinkat(&self.run, TASKS, AtFlags::empty())?,
            other => return Ok(other?),
        }
        match mkdirat(&self.run, TASKS, Mode::RWXU) {
            Ok(()) => fsync(&self.run)?,
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(plain(&self.run, TASKS)?)
    }

    /// The folder of a task, if there is one.
    pub(super) fn find(&self, id: &TaskId) -> io::Result<Option<Folder>> {
        match plain(self.all()?, id.as_str()) {
            Ok(dir) => Ok(Some(Folder::new(dir))),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A new folder, in which the task is noted as begun; what stood there is put aside. Where that
    /// fails nothing of it stays.
    pub(super) fn begin(&self, order: &Order) -> io::Result<Begun> {
        let all = self.all()?;
        let id = order.id.as_str();
        record::set_aside(&all, id)?;
        mkdirat(&all, id, Mode::RWXU)?;
        let begun = fsync(&all)
            .and_then(|()| plain(&all, id))
            .map_err(io::Error::from)
            .and_then(|dir| Folder::new(dir).begin(order));
        if begun.is_err() {
            let _ = self.withdraw(&order.id);
        }
        begun
    }

    /// Has a task that was noted as begun never have been.
    pub(super) fn withdraw(&self, id: &TaskId) -> io::Result<()> {
        if let Some(folder) = self.find(id)? {
            folder.withdraw()?;
            unlinkat(self.all()?, id.as_str(), AtFlags::REMOVEDIR)?;
        }
        Ok(())
    }
}

/// A folder and no link to one.
fn plain(folder: impl AsFd, name: &str) -> Result<OwnedFd, Errno> {
    openat(folder, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty())
}
