//! File work off the async threads, and the durable forms of rename.

use super::error::{Error, Result};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags};
use std::os::fd::OwnedFd;
use std::path::Path;

/// Runs file work where it may block. There is no time limit: the kernel gives none to a rename
/// or an fsync, and a thread that hangs in one cannot be stopped.
pub(super) async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Stopped)?
}

pub(super) fn open_dir(path: &Path) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).map_err(Error::at("open", path))
}

/// Makes the entries of a directory durable (`fsync(2)`: the entry of a new or renamed file needs
/// an fsync of its directory).
pub(super) fn sync_dir(path: &Path) -> Result<()> {
    rustix::fs::fsync(open_dir(path)?).map_err(Error::at("fsync", path))
}

/// Makes everything on the file system of `path` durable, which `fsync` of a parent does not.
pub(super) fn sync_file_system(path: &Path) -> Result<()> {
    rustix::fs::syncfs(open_dir(path)?).map_err(Error::at("syncfs", path))
}

/// Renames and never replaces what is there.
pub(super) fn rename(from: &Path, to: &Path) -> Result<()> {
    rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)
        .map_err(Error::at("rename", from))
}

/// Whether something has this name; a symlink counts as itself.
pub(super) fn exists(path: &Path) -> Result<bool> {
    match rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(_) => Ok(true),
        Err(rustix::io::Errno::NOENT) => Ok(false),
        Err(source) => Err(Error::at("stat", path)(source)),
    }
}

/// Makes a directory with exactly this mode, whatever the umask is. Done if it is there.
pub(super) fn make_dir(path: &Path, mode: Mode) -> Result<()> {
    match rustix::fs::mkdir(path, mode) {
        Ok(()) => rustix::fs::chmod(path, mode).map_err(Error::at("chmod", path)),
        Err(rustix::io::Errno::EXIST) => Ok(()),
        Err(source) => Err(Error::at("mkdir", path)(source)),
    }
}
