//! The workspace's root: where the app folder and the supervisor's own folder are.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, mkdirat, openat, openat2};
use rustix::io::Errno;

use super::fault;
use super::tree::Tree;
use crate::protocol::Refusal;

/// The descriptor everything about files starts from.
pub(crate) struct Home {
    dir: OwnedFd,
}

impl Home {
    pub(crate) fn new(dir: OwnedFd) -> Self {
        Self { dir }
    }

    pub(crate) fn open(path: &Path) -> Result<Self, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        openat(CWD, path, flags, Mode::empty()).map(Self::new)
    }

    /// The app folder as it is now; it isn't there before it is seeded.
    pub(crate) fn app(&self) -> Result<Tree, Refusal> {
        plain_directory(&self.dir, "app")
            .map(Tree::new)
            .map_err(|error| fault("the app folder", error))
    }

    /// Where uploads are collected: beside the app folder, on the same file system.
    pub(super) fn uploads(&self) -> Result<OwnedFd, Errno> {
        let state = made_directory(&self.dir, ".sandboxd")?;
        made_directory(&state, "uploads")
    }
}

fn made_directory(folder: &OwnedFd, name: &str) -> Result<OwnedFd, Errno> {
    match plain_directory(folder, name) {
        Err(Errno::NOENT) => {}
        other => return other,
    }
    match mkdirat(folder, name, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => plain_directory(folder, name),
        Err(error) => Err(error),
    }
}

/// A folder and no link to one.
fn plain_directory(folder: &OwnedFd, name: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat2(folder, name, flags, Mode::empty(), ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS)
}
