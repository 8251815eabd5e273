//! The root directory of an upper, whose owner and mode become the workspace's.

use super::blocking::open_dir;
use super::error::{Error, Result};
use super::open::Owner;
use rustix::fs::{Gid, Mode, Timespec, Timestamps, Uid, XattrFlags};
use std::path::Path;

/// Bytes of names and of one value of extended attributes (`xattr(7)`: 64 KiB each).
const XATTR_MAX: usize = 64 << 10;
/// Attributes of overlayfs itself: they tell of the layer that they are on.
const OWN_PREFIX: &[u8] = b"trusted.overlay.";

pub(super) fn make_new(path: &Path, owner: Owner) -> Result<()> {
    make(path, Uid::from_raw(owner.uid), Gid::from_raw(owner.gid), 0o755)
}

/// Makes a root that looks like that of `layer`: the user may have changed it.
pub(super) fn make_like(path: &Path, layer: &Path) -> Result<()> {
    let from = open_dir(layer)?;
    let stat = rustix::fs::fstat(&from).map_err(Error::at("inspect", layer))?;
    make(path, Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid), stat.st_mode & 0o7777)?;
    let to = open_dir(path)?;
    let mut names = vec![0_u8; XATTR_MAX];
    let length = match rustix::fs::flistxattr(&from, &mut names) {
        Ok(length) => length,
        Err(rustix::io::Errno::NOTSUP) => 0,
        Err(source) => return Err(Error::at("list attributes of", layer)(source)),
    };
    let mut value = vec![0_u8; XATTR_MAX];
    for name in names[..length].split(|byte| *byte == 0) {
        if name.is_empty() || name.starts_with(OWN_PREFIX) {
            continue;
        }
        let length = rustix::fs::fgetxattr(&from, name, &mut value)
            .map_err(Error::at("read an attribute of", layer))?;
        rustix::fs::fsetxattr(&to, name, &value[..length], XattrFlags::empty())
            .map_err(Error::at("set an attribute of", path))?;
    }
    let time = |tv_sec, tv_nsec: u64| Timespec {
        tv_sec,
        tv_nsec: tv_nsec.try_into().expect("invariant: a nanosecond part is below 10^9"),
    };
    let times = Timestamps {
        last_access: time(stat.st_atime, stat.st_atime_nsec),
        last_modification: time(stat.st_mtime, stat.st_mtime_nsec),
    };
    rustix::fs::futimens(&to, &times).map_err(Error::at("set the time of", path))
}

fn make(path: &Path, uid: Uid, gid: Gid, mode: u32) -> Result<()> {
    rustix::fs::mkdir(path, Mode::RWXU).map_err(Error::at("mkdir", path))?;
    rustix::fs::chown(path, Some(uid), Some(gid)).map_err(Error::at("chown", path))?;
    // After the change of owner, which clears set-id bits.
    rustix::fs::chmod(path, Mode::from_raw_mode(mode)).map_err(Error::at("chmod", path))
}
