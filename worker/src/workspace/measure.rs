//! Counts a tree without trusting it.

use super::below::{PATH_MAX, join, open_below};
use super::blocking::open_dir;
use super::driver::Usage;
use super::error::{Error, Result};
use rustix::fs::{AtFlags, Dir, FileType};
use rustix::io::Errno;
use std::collections::HashSet;
use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

/// Entries between two looks at the clock.
const CLOCK_EVERY: u64 = 512;

/// Counts what is below `root`, which may change meanwhile. `None` when the budget ran out.
///
/// Directories are opened one at a time by their path from the root, never through a symlink or
/// across a mount, so that depth costs no descriptors.
pub(super) fn measure(root: &Path, budget: Option<Duration>) -> Result<Option<Usage>> {
    measure_below(&open_dir(root)?, root, budget)
}

/// The same for a folder that is open; `root` is for errors.
pub(super) fn measure_below(
    top: &OwnedFd,
    root: &Path,
    budget: Option<Duration>,
) -> Result<Option<Usage>> {
    let deadline = budget.and_then(|budget| Instant::now().checked_add(budget));
    let late = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
    let mut usage = Usage::default();
    let mut linked = HashSet::new();
    let mut pending = vec![CString::from(c".")];
    while let Some(path) = pending.pop() {
        if late() {
            return Ok(None);
        }
        let Some(directory) = open_below(top, &path, root)? else { continue };
        let entries = Dir::read_from(&directory).map_err(Error::at("list", root))?;
        for entry in entries {
            let entry = entry.map_err(Error::at("list", root))?;
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            let stat = match rustix::fs::statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => stat,
                Err(Errno::NOENT) => continue,
                Err(source) => return Err(Error::at("inspect", root)(source)),
            };
            usage.files += 1;
            let is_directory = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
            if is_directory || stat.st_nlink == 1 || linked.insert(stat.st_ino) {
                let blocks = u64::try_from(stat.st_blocks).unwrap_or(0);
                usage.bytes = usage.bytes.saturating_add(blocks.saturating_mul(512));
            }
            if is_directory {
                let too_deep = || Error::TreeTooDeep { path: root.to_owned(), max: PATH_MAX };
                pending.push(join(&path, name.to_bytes()).ok_or_else(too_deep)?);
            }
            if usage.files.is_multiple_of(CLOCK_EVERY) && late() {
                return Ok(None);
            }
        }
    }
    Ok(Some(usage))
}
