//! One name on one side.

use super::change::{FileKind, FileState};
use crate::workspace::error::{Error, Result};
use rustix::fs::{AtFlags, FileType, Stat};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::OwnedFd;
use std::path::Path;

/// What has a name, if it is something that is compared.
pub(super) enum Entry {
    Directory,
    File(Found),
}

/// A file or symlink, with what tells whether two of them are one.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) state: FileState,
    inode: u64,
    changed: (i64, u64),
    pub(super) modified: (i64, u64),
}

impl Entry {
    /// What `directory` has under a name. `root` is for errors.
    pub(super) fn of(directory: &OwnedFd, name: &CStr, root: &Path) -> Result<Option<Self>> {
        let stat = match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(source) => return Err(Error::at("inspect in", root)(source)),
        };
        Ok(match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => Some(Self::Directory),
            FileType::RegularFile => Some(Self::File(Found::new(&stat, FileKind::File))),
            FileType::Symlink => Some(Self::File(Found::new(&stat, FileKind::Symlink))),
            _ => None,
        })
    }

    pub(super) const fn is_directory(entry: &Option<Self>) -> bool {
        matches!(entry, Some(Self::Directory))
    }

    pub(super) const fn file(entry: &Option<Self>) -> Option<Found> {
        match entry {
            Some(Self::File(found)) => Some(*found),
            _ => None,
        }
    }
}

impl Found {
    fn new(stat: &Stat, kind: FileKind) -> Self {
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        Self {
            state: FileState { kind, size, mode: stat.st_mode & 0o7777 },
            inode: stat.st_ino,
            changed: (stat.st_ctime, stat.st_ctime_nsec),
            modified: (stat.st_mtime, stat.st_mtime_nsec),
        }
    }

    /// Whether both sides show one file of one layer. All layers are on one file system, where an
    /// overlay gives the numbers of the files below; the time of a file's last change can't be
    /// set, so that not even a copy with the number of its origin passes for it.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.inode, self.changed, self.modified, self.state)
            == (other.inode, other.changed, other.modified, other.state)
    }
}
