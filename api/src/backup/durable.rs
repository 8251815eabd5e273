//! Files and folders that are there after a power cut.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::Context;
use rustix::fs::{CWD, RenameFlags};

/// Makes a folder that only its owner looks into. Done if it is there.
pub(super) fn make_folder(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("{} can't be made", path.display()))
}

/// Writes a new file that only its owner reads, with its bytes on the disk.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || {
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
        io::Write::write_all(&mut file, bytes)?;
        file.sync_all()
    };
    write().with_context(|| format!("{} can't be written", path.display()))
}

/// Puts what a file holds, or the entries of a folder, on the disk.
pub(super) fn sync(path: &Path) -> anyhow::Result<()> {
    let done = File::open(path).and_then(|file| file.sync_all());
    done.with_context(|| format!("{} can't be synced", path.display()))
}

/// Puts everything of the file system of `path` on the disk.
pub(super) fn sync_file_system(path: &Path) -> anyhow::Result<()> {
    let folder = File::open(path).with_context(|| format!("{} can't be opened", path.display()))?;
    rustix::fs::syncfs(folder).with_context(|| format!("{} can't be synced", path.display()))
}

/// Renames and never replaces what is there.
pub(super) fn rename(from: &Path, to: &Path) -> anyhow::Result<()> {
    rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)
        .with_context(|| format!("{} can't be renamed to {}", from.display(), to.display()))
}

/// Removes a tree, if there is one. Symlinks in it are removed, not followed.
pub(super) fn remove_tree(path: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} can't be removed", path.display()))
        }
        _ => Ok(()),
    }
}

/// The names in a folder.
pub(super) fn names(folder: &Path) -> anyhow::Result<Vec<String>> {
    let list = || -> io::Result<Vec<String>> {
        let entries = fs::read_dir(folder)?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    };
    let mut names = list().with_context(|| format!("{} can't be listed", folder.display()))?;
    names.sort_unstable();
    Ok(names)
}
