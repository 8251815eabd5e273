//! Files that all processes of an installation use, whoever makes them.
//!
//! Workers run as root, the API and the gateway mostly as a user without rights, to whom the data
//! directory belongs. Whichever is first makes a doorbell, the database or its lock. What root made
//! for all it gives to the owner of the folder; where that is root nothing changes.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::process::{Gid, Uid, geteuid};

/// Gives what this process has just made to the owner of the folder that it is in, if this process
/// is root; others can't, and need not.
///
/// # Errors
/// I/O.
pub fn give_to_all(path: &Path) -> io::Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    // By descriptors: the owner of the folder could put a link to any file in its place.
    let made = rustix::fs::open(path, flags, Mode::empty())?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = rustix::fs::open(folder.unwrap_or(Path::new(".")), flags, Mode::empty())?;
    let (found, wanted) = (rustix::fs::fstat(&made)?, rustix::fs::fstat(&folder)?);
    // A file of two names may be anybody's.
    let another =
        rustix::fs::FileType::from_raw_mode(found.st_mode).is_file() && found.st_nlink > 1;
    if another || (found.st_uid, found.st_gid) == (wanted.st_uid, wanted.st_gid) {
        return Ok(());
    }
    let (user, group) = (Uid::from_raw(wanted.st_uid), Gid::from_raw(wanted.st_gid));
    Ok(rustix::fs::chownat(&made, "", Some(user), Some(group), AtFlags::EMPTY_PATH)?)
}

/// Makes a folder (0700) that all processes use, with its parents.
///
/// # Errors
/// I/O.
pub fn make_dir_for_all(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_dir_for_all(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        // Whoever was faster may not have come to it yet.
        _ => give_to_all(path),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, chown, symlink};

    use super::*;

    const USER: u32 = 4242;

    fn owner(path: &Path) -> (u32, u32) {
        let found = fs::symlink_metadata(path).unwrap();
        (found.uid(), found.gid())
    }

    #[test]
    fn what_root_makes_for_all_belongs_to_the_folders_owner() {
        let folder = tempfile::tempdir().unwrap();
        let (run, file) = (folder.path().join("run/bells"), folder.path().join("file"));
        if !geteuid().is_root() {
            // Nothing can be given away; it is made all the same.
            make_dir_for_all(&run).unwrap();
            return give_to_all(&run).unwrap();
        }
        chown(folder.path(), Some(USER), Some(USER)).unwrap();
        make_dir_for_all(&run).unwrap();
        make_dir_for_all(&run).unwrap();
        fs::write(&file, "").unwrap();
        give_to_all(&file).unwrap();
        for made in [&run, &file, &folder.path().join("run")] {
            assert_eq!(owner(made), (USER, USER), "{}", made.display());
        }
    }

    #[test]
    fn nothing_else_is_given_away() {
        if !geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (theirs, target) = (folder.path().join("theirs"), folder.path().join("target"));
        fs::create_dir(&theirs).unwrap();
        fs::write(&target, "").unwrap();
        chown(&theirs, Some(USER), Some(USER)).unwrap();
        symlink(&target, theirs.join("link")).unwrap();
        fs::hard_link(&target, theirs.join("name")).unwrap();
        give_to_all(&theirs.join("link")).unwrap();
        give_to_all(&theirs.join("name")).unwrap();
        assert_eq!(owner(&target), (0, 0));
    }
}
