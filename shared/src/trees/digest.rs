//! What a tree is, as one number: names, kinds, modes, owners, times, links, attributes, and if
//! wanted the bytes of its files.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use blake3::Hasher;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

/// Bytes in a path below the root (`PATH_MAX` of the kernel, with its NUL).
const PATH_MAX: usize = 4095;
/// Bytes of an attribute's value, and of a file's list of them (`xattr(7)`).
const ATTRIBUTE_MAX: usize = 65_536;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// All but the bytes of files, of which only how many there are.
    Shape,
    /// The bytes of files too.
    Contents,
}

/// What a tree is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// BLAKE3 in hex.
    pub hash: String,
    /// Directory entries of every kind, without the root.
    pub entries: u64,
    /// Bytes of its files, holes and each hard link counted.
    pub bytes: u64,
}

/// Why a tree has no digest.
#[derive(Debug, thiserror::Error)]
pub enum DigestError {
    /// Something in it can't be read.
    #[error("{operation} in {}", root.display())]
    Io {
        /// What failed.
        operation: &'static str,
        /// The tree.
        root: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A tree made to be hard to walk.
    #[error("{} holds paths longer than {PATH_MAX} bytes", .0.display())]
    TooDeep(PathBuf),
}

/// Reads the tree below `root`, which nobody changes meanwhile. Symlinks aren't followed, and what
/// is mounted in it is an error.
///
/// # Errors
/// [`DigestError`]
pub fn digest(root: &Path, look: Look) -> Result<Digest, DigestError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let walk = Walk { root, look };
    let top = rustix::fs::open(root, flags, Mode::empty()).map_err(walk.at("open the root"))?;
    let mut seen = Seen::default();
    let stat = rustix::fs::fstat(&top).map_err(walk.at("inspect the root"))?;
    walk.describe(&top, c".", &stat, &mut seen)?;
    let mut pending = vec![CString::from(c".")];
    while let Some(path) = pending.pop() {
        seen.text(path.to_bytes());
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
        let folder = rustix::fs::openat2(&top, &path, flags, Mode::empty(), within)
            .map_err(walk.at("open a folder"))?;
        for name in walk.names(&folder)? {
            let stat = rustix::fs::statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW)
                .map_err(walk.at("inspect a file"))?;
            seen.entries += 1;
            walk.describe(&folder, &name, &stat, &mut seen)?;
            if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
                let path = [path.as_bytes(), b"/", name.as_bytes()].concat();
                if path.len() > PATH_MAX {
                    return Err(DigestError::TooDeep(root.to_owned()));
                }
                pending.push(CString::new(path).expect("invariant: a file name holds no NUL"));
            }
        }
    }
    Ok(Digest {
        hash: seen.hash.finalize().to_hex().to_string(),
        entries: seen.entries,
        bytes: seen.bytes,
    })
}

/// What was read so far.
#[derive(Default)]
struct Seen {
    hash: Hasher,
    entries: u64,
    bytes: u64,
    /// Files with several names, by inode, with the number of the first that was met.
    linked: HashMap<u64, u64>,
}

impl Seen {
    /// With its length, so that what follows can't be taken for a part of it.
    fn text(&mut self, text: &[u8]) {
        self.number(text.len() as u64);
        self.hash.update(text);
    }

    fn number(&mut self, number: u64) {
        self.hash.update(&number.to_le_bytes());
    }
}

struct Walk<'a> {
    root: &'a Path,
    look: Look,
}

impl Walk<'_> {
    fn at<E: Into<io::Error>>(&self, operation: &'static str) -> impl FnOnce(E) -> DigestError {
        let root = self.root.to_owned();
        move |source| DigestError::Io { operation, root, source: source.into() }
    }

    /// The names in a folder, in an order of their own.
    fn names(&self, folder: &OwnedFd) -> Result<Vec<CString>, DigestError> {
        let mut names = Vec::new();
        for entry in Dir::read_from(folder).map_err(self.at("list a folder"))? {
            let entry = entry.map_err(self.at("list a folder"))?;
            if entry.file_name() != c"." && entry.file_name() != c".." {
                names.push(entry.file_name().to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn describe(
        &self,
        folder: &OwnedFd,
        name: &CStr,
        stat: &Stat,
        seen: &mut Seen,
    ) -> Result<(), DigestError> {
        let kind = FileType::from_raw_mode(stat.st_mode);
        seen.text(name.to_bytes());
        let size = if matches!(kind, FileType::RegularFile | FileType::Symlink) {
            u64::try_from(stat.st_size).unwrap_or(0)
        } else {
            0
        };
        let modified = u64::try_from(stat.st_mtime).unwrap_or(0);
        let device = if kind == FileType::CharacterDevice { stat.st_rdev } else { 0 };
        for number in
            [stat.st_mode.into(), stat.st_uid.into(), stat.st_gid.into(), device, size, modified]
        {
            seen.number(number);
        }
        self.attributes(folder, name, seen)?;
        match kind {
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(folder, name, Vec::new())
                    .map_err(self.at("read a link"))?;
                seen.text(target.as_bytes());
            }
            FileType::RegularFile => self.file(folder, name, stat, size, seen)?,
            _ => {}
        }
        Ok(())
    }

    fn file(
        &self,
        folder: &OwnedFd,
        name: &CStr,
        stat: &Stat,
        size: u64,
        seen: &mut Seen,
    ) -> Result<(), DigestError> {
        seen.bytes = seen.bytes.saturating_add(size);
        if stat.st_nlink > 1 {
            let number = seen.entries;
            let first = *seen.linked.entry(stat.st_ino).or_insert(number);
            seen.number(first);
            if first != number {
                return Ok(());
            }
        }
        if self.look == Look::Contents {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let file = rustix::fs::openat(folder, name, flags, Mode::empty())
                .map_err(self.at("open a file"))?;
            seen.hash.update_reader(File::from(file)).map_err(self.at("read a file"))?;
        }
        Ok(())
    }

    /// Attributes that the copier keeps: all but labels of the host's security modules, and those
    /// that `/etc/xattr.conf` tells it to skip.
    fn attributes(
        &self,
        folder: &OwnedFd,
        name: &CStr,
        seen: &mut Seen,
    ) -> Result<(), DigestError> {
        // There is no `llistxattrat` before Linux 6.13.
        let within =
            [format!("/proc/self/fd/{}/", folder.as_raw_fd()).as_bytes(), name.to_bytes()].concat();
        let path = CString::new(within).expect("invariant: a file name holds no NUL");
        let mut list = vec![0_u8; ATTRIBUTE_MAX];
        let length = match rustix::fs::llistxattr(&path, &mut list) {
            Ok(length) => length,
            Err(Errno::NOTSUP) => 0,
            Err(error) => return Err(self.at("list attributes")(error)),
        };
        let mut names: Vec<&[u8]> =
            list[..length].split(|byte| *byte == 0).filter(|name| is_kept(name)).collect();
        names.sort_unstable();
        seen.number(names.len() as u64);
        for name in names {
            seen.text(name);
            let mut value = vec![0_u8; ATTRIBUTE_MAX];
            let length = rustix::fs::lgetxattr(&path, name, &mut value)
                .map_err(self.at("read an attribute"))?;
            seen.text(&value[..length]);
        }
        Ok(())
    }
}

fn is_kept(name: &[u8]) -> bool {
    name.starts_with(b"trusted.overlay.")
        || name == b"security.capability"
        || name.starts_with(b"user.") && !name.starts_with(b"user.Beagle.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    type Change = fn(&Path) -> io::Result<()>;

    fn sample() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("d")).unwrap();
        fs::write(root.join("d/a"), "one").unwrap();
        fs::write(root.join("b"), "two").unwrap();
        fs::hard_link(root.join("b"), root.join("c")).unwrap();
        symlink("b", root.join("l")).unwrap();
        folder
    }

    #[tokio::test]
    async fn a_copy_has_the_digest_of_its_original() {
        let folder = sample();
        let to = tempfile::tempdir().unwrap();
        let to = to.path().join("copy");
        super::super::copy_tree(folder.path(), &to, std::time::Duration::from_secs(10))
            .await
            .unwrap();
        for look in [Look::Shape, Look::Contents] {
            assert_eq!(digest(folder.path(), look).unwrap(), digest(&to, look).unwrap());
        }
        let found = digest(&to, Look::Shape).unwrap();
        assert_eq!((found.entries, found.bytes), (5, 9));
    }

    #[test]
    fn every_change_of_a_tree_changes_its_digest() {
        let changes: [(&str, Change); 7] = [
            ("a name", |root| fs::rename(root.join("d/a"), root.join("d/z"))),
            ("a mode", |root| {
                fs::set_permissions(root.join("b"), PermissionsExt::from_mode(0o4711))
            }),
            ("a link broken", |root| {
                fs::remove_file(root.join("c"))?;
                fs::copy(root.join("b"), root.join("c")).map(|_| ())
            }),
            ("a link's target", |root| {
                fs::remove_file(root.join("l"))?;
                symlink("c", root.join("l"))
            }),
            ("a file less", |root| fs::remove_file(root.join("d/a"))),
            ("a size", |root| fs::write(root.join("d/a"), "three")),
            ("an attribute", |root| {
                let flags = rustix::fs::XattrFlags::empty();
                Ok(rustix::fs::lsetxattr(root.join("b"), "user.x", b"1", flags)?)
            }),
        ];
        for (what, change) in changes {
            let folder = sample();
            let before = digest(folder.path(), Look::Shape).unwrap();
            change(folder.path()).unwrap();
            assert_ne!(digest(folder.path(), Look::Shape).unwrap().hash, before.hash, "{what}");
        }
    }

    #[test]
    fn only_contents_tell_of_bytes() {
        let folder = sample();
        let file = folder.path().join("b");
        let (shape, contents) =
            (digest(folder.path(), Look::Shape), digest(folder.path(), Look::Contents));
        let modified = fs::metadata(&file).unwrap().modified().unwrap();
        fs::write(&file, "owt").unwrap();
        File::options().write(true).open(&file).unwrap().set_modified(modified).unwrap();
        assert_eq!(digest(folder.path(), Look::Shape).unwrap(), shape.unwrap());
        assert_ne!(digest(folder.path(), Look::Contents).unwrap(), contents.unwrap());
    }
}
