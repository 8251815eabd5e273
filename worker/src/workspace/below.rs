//! Folders below a root, opened without trusting what is there.

use super::error::{Error, Result};
use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// Bytes in a path below the root (`PATH_MAX` of the kernel, with its NUL).
pub(super) const PATH_MAX: usize = 4095;

/// Opens a folder by its path from `top`, never through a symlink or across a mount. `None` if it
/// isn't there or is something else. `root` is for errors.
pub(super) fn open_below(top: &impl AsFd, path: &CString, root: &Path) -> Result<Option<OwnedFd>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
    match rustix::fs::openat2(top, path, flags, Mode::empty(), within) {
        Ok(directory) => Ok(Some(directory)),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => Ok(None),
        Err(source) => Err(Error::at("open a folder in", root)(source)),
    }
}

/// The path of an entry of a folder; `None` if it is too long to be opened.
pub(super) fn join(parent: &CString, name: &[u8]) -> Option<CString> {
    let path = [parent.as_bytes(), b"/", name].concat();
    (path.len() <= PATH_MAX)
        .then(|| CString::new(path).expect("invariant: a file name holds no NUL"))
}
