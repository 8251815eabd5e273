//! Going down into folders and up again, however deep, with few descriptors and no recursion.
//!
//! Only the last few folders are kept open. The way back to one that isn't leads through `..`,
//! and must arrive at the very folder that was left: a tree that is moved about under us is an
//! error, never a way out.

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, fchmod, fstat, openat, statat};
use rustix::io::Errno;

/// Folders kept open.
const OPEN: usize = 16;
/// Deepest descent, levels: bounds what the levels take in memory.
const MAX_DEPTH: usize = 100_000;
const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

struct Level {
    folder: Option<OwnedFd>,
    identity: (u64, u64),
}

impl Level {
    fn new(folder: OwnedFd) -> Result<Self, Errno> {
        let identity = identity(&folder)?;
        Ok(Self { folder: Some(folder), identity })
    }
}

/// Where we are, and the way that led here.
pub(super) struct Descent {
    levels: Vec<Level>,
}

impl Descent {
    pub(super) fn new(folder: OwnedFd) -> Result<Self, Errno> {
        Ok(Self { levels: vec![Level::new(folder)?] })
    }

    /// The folder we are in.
    pub(super) fn folder(&self) -> BorrowedFd<'_> {
        let folder = self.levels.last().and_then(|level| level.folder.as_ref());
        folder.expect("invariant: the last level is open").as_fd()
    }

    /// An entry of the folder we are in; of a link, the link.
    pub(super) fn stat(&self, name: &CStr) -> Result<Stat, Errno> {
        statat(self.folder(), name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// Goes into a folder of this one.
    pub(super) fn enter(&mut self, name: &CStr) -> Result<(), Errno> {
        let folder = openat(self.folder(), name, FOLDER, Mode::empty())?;
        self.push(folder)
    }

    /// The same for a folder that is to be emptied: its owner may have taken the permissions away.
    pub(super) fn enter_to_change(&mut self, name: &CStr) -> Result<(), Errno> {
        let folder = match openat(self.folder(), name, FOLDER, Mode::empty()) {
            Err(Errno::ACCESS) => self.unlock(name)?,
            other => other?,
        };
        let mode = Mode::from_raw_mode(fstat(&folder)?.st_mode);
        if !mode.contains(Mode::RWXU) {
            fchmod(&folder, mode | Mode::RWXU)?;
        }
        self.push(folder)
    }

    /// Makes a folder readable. By its descriptor, since `fchmodat` would follow a link that has
    /// taken its place; `O_PATH` needs no permission for the folder itself.
    fn unlock(&self, name: &CStr) -> Result<OwnedFd, Errno> {
        use std::os::fd::AsRawFd;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = openat(self.folder(), name, flags, Mode::empty())?;
        let path = format!("/proc/self/fd/{}", folder.as_raw_fd());
        rustix::fs::chmod(path, Mode::RWXU)?;
        openat(&folder, c".", FOLDER, Mode::empty())
    }

    /// Goes back to the folder that this one was entered from.
    pub(super) fn leave(&mut self) -> Result<(), Errno> {
        let left = self.levels.pop().and_then(|level| level.folder);
        let left = left.expect("invariant: only what was entered is left, and it is open");
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        if level.folder.is_none() {
            let folder = openat(&left, c"..", FOLDER, Mode::empty())?;
            if identity(&folder)? != level.identity {
                return Err(Errno::AGAIN);
            }
            level.folder = Some(folder);
        }
        Ok(())
    }

    fn push(&mut self, folder: OwnedFd) -> Result<(), Errno> {
        if self.levels.len() >= MAX_DEPTH {
            return Err(Errno::FBIG);
        }
        self.levels.push(Level::new(folder)?);
        if let Some(far) = self.levels.len().checked_sub(OPEN + 1) {
            self.levels[far].folder = None;
        }
        Ok(())
    }
}

fn identity(folder: &OwnedFd) -> Result<(u64, u64), Errno> {
    let stat = fstat(folder)?;
    Ok((stat.st_dev, stat.st_ino))
}

/// What an entry is, in the protocol's words.
pub(super) fn type_of(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}
