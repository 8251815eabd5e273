//! Where the tasks' folders are: `tasks` in the run directory.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, fsync, mkdirat, openat, unlinkat};
use rustix::io::Errno;

use super::TaskId;
use super::folder::Folder;
use super::record;

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

    /// A new folder; what stood there is put aside.
    pub(super) fn make(&self, id: &TaskId) -> io::Result<Folder> {
        let all = self.all()?;
        record::set_aside(&all, id.as_str())?;
        mkdirat(&all, id.as_str(), Mode::RWXU)?;
        fsync(&all)?;
        Ok(Folder::new(plain(&all, id.as_str())?))
    }
}

/// A folder and no link to one.
fn plain(folder: impl AsFd, name: &str) -> Result<OwnedFd, Errno> {
    openat(folder, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty())
}
