//! `files.remove`: a file, a link, a folder, or a folder with all that is in it.

use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, FileType, statat, unlinkat};
use rustix::io::Errno;

use super::app_path::AppPath;
use super::descent::{Descent, type_of};
use super::fault;
use super::home::Home;
use super::names::scan;
use crate::protocol::Refusal;

/// Names of a folder that are looked at before any of them is removed.
const BATCH: usize = 1024;
/// The same for all the folders on the way down together.
const MAX_WAITING: usize = 32 * 1024;
/// Longest a removal may take: something that fills the folder as fast would keep it for ever.
const LIMIT: Duration = Duration::from_secs(600);

/// Removes what the path names; of a link, the link.
pub(crate) fn remove(home: &Home, path: &AppPath, recursive: bool) -> Result<(), Refusal> {
    let tree = home.app()?;
    let Some((folder, name)) = path.split() else {
        return Err(Refusal::new("is_the_root", "the app folder itself can't be removed"));
    };
    let folder = tree.directory(&folder)?;
    let at = |error| fault(path.as_str(), error);
    let stat = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(at)?;
    if type_of(&stat) != FileType::Directory {
        return unlinkat(&folder, name, AtFlags::empty()).map_err(at);
    }
    if !recursive {
        return unlinkat(&folder, name, AtFlags::REMOVEDIR).map_err(at);
    }
    let name = CString::new(name).map_err(|_| at(Errno::INVAL))?;
    Removal::new(folder).and_then(|removal| removal.run(name)).map_err(at)
}

/// Removes an entry of a folder with all that is in it, however deep that is.
pub(crate) fn remove_all(folder: OwnedFd, name: &CStr) -> Result<(), Errno> {
    Removal::new(folder)?.run(name.to_owned())
}

/// A folder that is being emptied.
struct Level {
    name: CString,
    waiting: Vec<CString>,
    /// Whether nothing was in it beyond what waits.
    seen_all: bool,
}

struct Removal {
    descent: Descent,
    levels: Vec<Level>,
    waiting: usize,
}

impl Removal {
    fn new(folder: OwnedFd) -> Result<Self, Errno> {
        Ok(Self { descent: Descent::new(folder)?, levels: Vec::new(), waiting: 0 })
    }

    fn run(mut self, name: CString) -> Result<(), Errno> {
        let deadline = Instant::now() + LIMIT;
        self.remove(name)?;
        while let Some(level) = self.levels.last_mut() {
            if Instant::now() > deadline {
                return Err(Errno::AGAIN);
            }
            if let Some(name) = level.waiting.pop() {
                self.waiting -= 1;
                self.remove(name)?;
            } else if level.seen_all {
                self.leave()?;
            } else {
                self.look()?;
            }
        }
        Ok(())
    }

    /// Removes an entry of the folder we are in, or goes into it if it is a folder.
    fn remove(&mut self, name: CString) -> Result<(), Errno> {
        match unlinkat(self.descent.folder(), &name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => return Ok(()),
            // What a folder answers, by `unlink(2)` on Linux and by POSIX.
            Err(Errno::ISDIR | Errno::PERM) if self.is_folder(&name) => {}
            Err(error) => return Err(error),
        }
        match self.descent.enter_to_change(&name) {
            Ok(()) => {
                self.levels.push(Level { name, waiting: Vec::new(), seen_all: false });
                Ok(())
            }
            // Gone or replaced meanwhile: what is there now is seen when the folder is looked at
            // again, since it isn't empty then.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn is_folder(&self, name: &CStr) -> bool {
        self.descent.stat(name).is_ok_and(|stat| type_of(&stat) == FileType::Directory)
    }

    /// Notes what is in the folder we are in, or a part of it.
    fn look(&mut self) -> Result<(), Errno> {
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        let room = MAX_WAITING.saturating_sub(self.waiting).clamp(1, BATCH);
        level.seen_all = scan(self.descent.folder(), |name| {
            if level.waiting.len() == room {
                return false;
            }
            level.waiting.push(name.to_owned());
            true
        })?;
        self.waiting += level.waiting.len();
        Ok(())
    }

    /// Removes the folder we are in, which was emptied.
    fn leave(&mut self) -> Result<(), Errno> {
        let Some(level) = self.levels.pop() else { return Ok(()) };
        self.descent.leave()?;
        match unlinkat(self.descent.folder(), &level.name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            // Filled again, or replaced, since.
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => self.remove(level.name),
            Err(error) => Err(error),
        }
    }
}
