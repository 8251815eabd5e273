//! Unlinks the trash, a bounded piece at a time.
//!
//! A mass delete makes ext4 slow for its neighbours for half a minute, so it is spread out. A
//! directory's subdirectories are moved up into the trash itself and taken in turn: no recursion,
//! no depth that a sandbox could make too deep, and a stop at any point loses nothing.

use super::blocking::open_dir;
use super::error::{Error, Result};
use super::layout::{Layout, unique};
use super::mounts::{Mounts, Place};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use std::cell::Cell;
use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// What one call does to a directory of the trash.
enum Progress {
    Gone,
    /// The limit was reached first.
    Left,
    /// Something in it can't be removed now; the sweep goes on with the next one.
    Stuck,
}

struct Sweep {
    trash: OwnedFd,
    path: PathBuf,
    limit: usize,
    done: Cell<usize>,
}

/// Unlinks up to `limit` entries and says how many.
pub(super) fn sweep(layout: &Layout, limit: usize) -> Result<usize> {
    let path = layout.trash();
    let sweep = Sweep { trash: open_dir(&path)?, path, limit, done: Cell::new(0) };
    let mounts = Mounts::scan()?;
    let mut stuck = Vec::new();
    // Directories come up from below while this runs, hence a new list until nothing is new.
    loop {
        let names: Vec<_> =
            sweep.names()?.into_iter().filter(|name| !stuck.contains(name)).collect();
        if names.is_empty() {
            return Ok(sweep.done.get());
        }
        for name in names {
            let place = sweep.path.join(std::ffi::OsStr::from_bytes(name.to_bytes()));
            if let Some(by) = mounts.holder(&Place::of(&mounts, &place)) {
                tracing::warn!(path = %place.display(), by, "trash is mounted, left alone");
                stuck.push(name);
                continue;
            }
            match sweep.entry(&name)? {
                Progress::Gone => {}
                Progress::Left => return Ok(sweep.done.get()),
                Progress::Stuck => stuck.push(name),
            }
        }
    }
}

impl Sweep {
    fn names(&self) -> Result<Vec<CString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.trash).map_err(Error::at("list", &self.path))? {
            let entry = entry.map_err(Error::at("list", &self.path))?;
            if entry.file_name() != c"." && entry.file_name() != c".." {
                names.push(entry.file_name().to_owned());
            }
        }
        Ok(names)
    }

    fn entry(&self, name: &CStr) -> Result<Progress> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
        let directory = match rustix::fs::openat2(&self.trash, name, flags, Mode::empty(), within) {
            Ok(directory) => directory,
            Err(Errno::NOTDIR | Errno::LOOP) => {
                return self.remove(&self.trash, name, AtFlags::empty());
            }
            // A mount point, or another worker was faster.
            Err(Errno::XDEV) => return Ok(Progress::Stuck),
            Err(Errno::NOENT) => return Ok(Progress::Gone),
            Err(source) => return Err(Error::at("open in", &self.path)(source)),
        };
        match self.empty_out(&directory)? {
            Progress::Gone => self.remove(&self.trash, name, AtFlags::REMOVEDIR),
            other => Ok(other),
        }
    }

    /// Unlinks the files of a directory and moves its directories up into the trash.
    fn empty_out(&self, directory: &OwnedFd) -> Result<Progress> {
        let mut outcome = Progress::Gone;
        for entry in Dir::read_from(directory).map_err(Error::at("list in", &self.path))? {
            let entry = entry.map_err(Error::at("list in", &self.path))?;
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            if self.done.get() >= self.limit {
                return Ok(Progress::Left);
            }
            let kind = match entry.file_type() {
                FileType::Unknown => self.kind(directory, name)?,
                kind => kind,
            };
            let step = if kind == FileType::Directory {
                self.move_up(directory, name)?
            } else {
                self.remove(directory, name, AtFlags::empty())?
            };
            match step {
                Progress::Gone => {}
                Progress::Left => return Ok(Progress::Left),
                Progress::Stuck => outcome = Progress::Stuck,
            }
        }
        Ok(outcome)
    }

    fn kind(&self, directory: &OwnedFd, name: &CStr) -> Result<FileType> {
        let stat = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(Error::at("inspect in", &self.path))?;
        Ok(FileType::from_raw_mode(stat.st_mode))
    }

    /// A mount point refuses the move with EBUSY, so nothing is deleted through a mount.
    fn move_up(&self, directory: &OwnedFd, name: &CStr) -> Result<Progress> {
        match rustix::fs::renameat(directory, name, &self.trash, unique()) {
            Ok(()) | Err(Errno::NOENT) => Ok(Progress::Gone),
            Err(Errno::BUSY | Errno::XDEV) => Ok(Progress::Stuck),
            Err(source) => Err(Error::at("move up in", &self.path)(source)),
        }
    }

    fn remove(&self, directory: &OwnedFd, name: &CStr, flags: AtFlags) -> Result<Progress> {
        if self.done.get() >= self.limit {
            return Ok(Progress::Left);
        }
        match rustix::fs::unlinkat(directory, name, flags) {
            Ok(()) => self.done.set(self.done.get() + 1),
            Err(Errno::NOENT) => {}
            Err(Errno::BUSY | Errno::NOTEMPTY | Errno::PERM) => return Ok(Progress::Stuck),
            Err(source) => return Err(Error::at("unlink in", &self.path)(source)),
        }
        Ok(Progress::Gone)
    }
}
