//! Copies a folder: files with their modes, folders, symbolic links as links.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::Path;

/// Copies what stands at `from` to `to`, which must not exist. Owner-writable throughout, since a
/// template is root's and may be read-only.
///
/// Anything that is neither file, folder nor link is an error: no template has one.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o755).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let target = to.join(entry.file_name());
        if kind.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(entry.path())?, &target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &target)?;
            let mode = entry.metadata()?.permissions().mode();
            if mode & 0o200 == 0 {
                fs::set_permissions(&target, fs::Permissions::from_mode(mode & 0o777 | 0o200))?;
            }
        } else {
            let text = format!("{}: not a file, folder or link", entry.path().display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_contents_modes_and_links() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(from.join("a/b")).unwrap();
        fs::write(from.join("a/b/run"), "x").unwrap();
        fs::set_permissions(from.join("a/b/run"), fs::Permissions::from_mode(0o555)).unwrap();
        symlink("b/run", from.join("a/link")).unwrap();
        symlink("/nowhere", from.join("dangling")).unwrap();

        copy_tree(&from, &to).unwrap();

        assert_eq!(fs::read_to_string(to.join("a/link")).unwrap(), "x");
        assert_eq!(fs::read_link(to.join("dangling")).unwrap(), Path::new("/nowhere"));
        let mode = fs::metadata(to.join("a/b/run")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
    }
}
