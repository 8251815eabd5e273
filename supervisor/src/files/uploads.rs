//! A file while it is being uploaded, and what is left of those that never were.

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, Mode, OFlags, fchmod, fsync, openat, renameat, unlinkat};
use rustix::io::Errno;

use super::home::Home;
use super::names::scan;

/// Names tried before giving up; others are taken only by what a killed one left.
const TRIES: usize = 100;
/// Most leftovers removed at a start.
const MAX_SWEPT: usize = 10_000;

/// Gone when dropped, unless it was put in its place.
pub(super) struct Upload {
    folder: OwnedFd,
    name: String,
    file: File,
}

impl Upload {
    pub(super) fn begin(home: &Home) -> Result<Self, Errno> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let folder = home.uploads()?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        for _ in 0..TRIES {
            let name = format!("{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            match openat(&folder, &name, flags, Mode::from_raw_mode(0o600)) {
                Ok(file) => return Ok(Self { folder, name, file: file.into() }),
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Errno::AGAIN)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Replaces what has this name in the folder, once all bytes are on the disk.
    pub(super) fn put(self, folder: impl AsFd, name: &str, mode: u32) -> io::Result<()> {
        fchmod(&self.file, Mode::from_raw_mode(mode))?;
        self.file.sync_all()?;
        renameat(&self.folder, &self.name, &folder, name)?;
        fsync(&folder)?;
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // After `put` there is nothing of this name any more.
        let _ = unlinkat(&self.folder, &self.name, AtFlags::empty());
    }
}

/// Removes what a supervisor that was killed left. To be called before the first upload.
pub(crate) fn sweep(home: &Home) {
    let Ok(folder) = home.uploads() else { return };
    let mut names: Vec<CString> = Vec::new();
    let scanned = scan(&folder, |name| {
        names.push(name.to_owned());
        names.len() < MAX_SWEPT
    });
    if scanned.is_ok() {
        for name in names {
            let _ = unlinkat(&folder, name, AtFlags::empty());
        }
    }
}
