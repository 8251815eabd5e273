//! The app folder, and how paths beneath it are resolved.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, Stat, fstat, mkdirat, openat2};
use rustix::io::Errno;

use super::app_path::AppPath;
use super::fault;
use crate::protocol::Refusal;

/// How often a resolution is tried that a rename raced with (`openat2(2)`, EAGAIN).
const TRIES: usize = 64;

/// A descriptor of the app folder.
pub(crate) struct Tree {
    root: OwnedFd,
}

impl Tree {
    pub(super) fn new(root: OwnedFd) -> Self {
        Self { root }
    }

    /// Opens what the path leads to. Links are followed as long as they stay beneath the app
    /// folder, those of /proc never; `O_NONBLOCK`, so that no FIFO holds us up.
    fn open(&self, path: &AppPath, flags: OFlags) -> Result<OwnedFd, Errno> {
        let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let mut opened = Err(Errno::AGAIN);
        for _ in 0..TRIES {
            opened = openat2(&self.root, path.or_dot(), flags, Mode::empty(), resolve);
            if opened.as_ref().err() != Some(&Errno::AGAIN) {
                break;
            }
        }
        opened
    }

    /// A regular file, to be read.
    pub(super) fn file(&self, path: &AppPath) -> Result<(File, Stat), Refusal> {
        let at = |error| fault(path.or_dot(), error);
        let file = self.open(path, OFlags::RDONLY).map_err(at)?;
        let stat = fstat(&file).map_err(at)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(at(Errno::ISDIR));
        }
        Ok((file.into(), stat))
    }

    /// A folder.
    pub(crate) fn directory(&self, path: &AppPath) -> Result<OwnedFd, Refusal> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        self.open(path, flags).map_err(|error| fault(path.or_dot(), error))
    }

    /// A folder, made with all those on the way to it that are missing.
    ///
    /// Each is made by its single name in the folder before it, so no link is followed in making
    /// it; and each is opened from the app folder again, so that links keep their meaning.
    pub(super) fn made_directory(&self, path: &AppPath) -> Result<OwnedFd, Refusal> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        match self.open(path, flags) {
            Err(Errno::NOENT) => {}
            other => return other.map_err(|error| fault(path.or_dot(), error)),
        }
        let mut folder = self.root.try_clone().map_err(|error| fault("the app folder", error))?;
        for prefix in path.prefixes() {
            let at = |error| fault(prefix.as_str(), error);
            let mut next = self.open(&prefix, flags);
            if matches!(next, Err(Errno::NOENT)) {
                let name = prefix.split().map_or("", |(_, name)| name).to_owned();
                match mkdirat(&folder, name, Mode::from_raw_mode(0o755)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(at(error)),
                }
                next = self.open(&prefix, flags);
            }
            folder = next.map_err(at)?;
        }
        Ok(folder)
    }
}

impl AsFd for Tree {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.root.as_fd()
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
