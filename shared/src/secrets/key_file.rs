//! The file that keeps the master keys, newest first, one a line. Always whole: it is written
//! aside and then gets its name.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use ulid::Ulid;
use zeroize::Zeroizing;

use super::{KeyRing, MasterKey, SecretsError};
use crate::shared_files::give_to_all;

/// Nothing longer is a file of keys.
const FILE_MAX: usize = 4096;

/// The keys' file of a data directory.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
}

/// Which file was read: another one once it has been replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: (u64, u64),
    changed: (i64, i64),
    size: u64,
}

impl Stamp {
    fn of(file: &std::fs::Metadata) -> Self {
        Self {
            inode: (file.dev(), file.ino()),
            changed: (file.ctime(), file.ctime_nsec()),
            size: file.size(),
        }
    }
}

/// The right to rotate keys, until it is dropped.
#[derive(Debug)]
pub struct RotationLock {
    _file: File,
}

impl KeyFile {
    /// The keys' file in a data directory.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        Self { path: data_dir.join("secrets.key") }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn fail(&self, source: io::Error) -> SecretsError {
        SecretsError::File { file: self.path.clone(), source }
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// I/O.
    pub fn exists(&self) -> Result<bool, SecretsError> {
        self.path.try_exists().map_err(|error| self.fail(error))
    }

    pub(super) fn stamp(&self) -> Result<Stamp, SecretsError> {
        let found = std::fs::metadata(&self.path).map_err(|error| self.fail(error))?;
        Ok(Stamp::of(&found))
    }

    pub(super) fn read(&self) -> Result<(Stamp, KeyRing), SecretsError> {
        let read = || {
            let file = File::open(&self.path)?;
            let stamp = Stamp::of(&file.metadata()?);
            // Of its final size at once: growing would leave copies behind.
            let mut text = Zeroizing::new(String::with_capacity(FILE_MAX));
            file.take(FILE_MAX as u64).read_to_string(&mut text)?;
            Ok((stamp, text))
        };
        let (stamp, text) = read().map_err(|error| self.fail(error))?;
        Ok((stamp, KeyRing::parse(&text, &self.path.display().to_string())?))
    }

    /// Makes it with a new key, unless somebody was faster.
    ///
    /// # Errors
    /// I/O, or no random bytes.
    pub(super) fn make(&self) -> Result<(), SecretsError> {
        let fresh = self.write_aside(&KeyRing::of(MasterKey::generate()?))?;
        // Unlike a rename, a link never replaces the key of whoever was faster.
        let linked = std::fs::hard_link(&fresh, &self.path);
        let _ = std::fs::remove_file(&fresh);
        match linked {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked.and_then(|()| self.sync_folder()).map_err(|error| self.fail(error)),
        }
    }

    fn replace(&self, ring: &KeyRing) -> Result<(), SecretsError> {
        let fresh = self.write_aside(ring)?;
        std::fs::rename(&fresh, &self.path)
            .and_then(|()| self.sync_folder())
            .map_err(|error| self.fail(error))
    }

    fn write_aside(&self, ring: &KeyRing) -> Result<PathBuf, SecretsError> {
        let name = Ulid::generate().to_string().to_ascii_lowercase();
        let fresh = self.path.with_extension(format!("{name}.new"));
        let write = || {
            let mut file =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
            for key in ring.keys() {
                file.write_all(key.to_hex().as_bytes())?;
                file.write_all(b"\n")?;
            }
            file.sync_all()?;
            give_to_all(&fresh)
        };
        write().map_err(|source| SecretsError::File { file: fresh.clone(), source })?;
        Ok(fresh)
    }

    fn sync_folder(&self) -> io::Result<()> {
        File::open(self.path.parent().unwrap_or(Path::new(".")))?.sync_all()
    }

    /// Takes the right to rotate keys.
    ///
    /// # Errors
    /// [`SecretsError::Rotating`] if another process has it.
    pub fn lock(&self) -> Result<RotationLock, SecretsError> {
        let path = self.path.with_extension("lock");
        let file = File::create(&path)
            .and_then(|file| give_to_all(&path).map(|()| file))
            .map_err(|error| self.fail(error))?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(RotationLock { _file: file }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(SecretsError::Rotating),
            Err(error) => Err(self.fail(error.into())),
        }
    }

    /// Puts a new key before the present one. A rotation that was broken off has left two: it is
    /// gone on with, and no third is made.
    ///
    /// # Errors
    /// I/O, or no random bytes.
    pub fn add_key(&self, _lock: &RotationLock) -> Result<(), SecretsError> {
        let (_, ring) = self.read()?;
        if ring.keys().len() > 1 {
            return Ok(());
        }
        self.replace(&ring.with_newest(MasterKey::generate()?))
    }

    /// Drops all keys but the newest. To be called once nothing is sealed with the others.
    ///
    /// # Errors
    /// I/O.
    pub fn drop_old_keys(&self, _lock: &RotationLock) -> Result<usize, SecretsError> {
        let (_, ring) = self.read()?;
        self.replace(&KeyRing::of(ring.newest().clone()))?;
        Ok(ring.keys().len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn whoever_is_first_makes_the_key_that_all_have() {
        let folder = tempfile::tempdir().unwrap();
        let found: HashSet<String> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let file = KeyFile::of(folder.path());
                        file.make().unwrap();
                        file.read().unwrap().1.newest().id().to_string()
                    })
                })
                .collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert_eq!(found.len(), 1);
        let mode = std::fs::metadata(folder.path().join("secrets.key")).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "nothing is left beside it: {names:?}");
    }

    #[test]
    fn a_rotation_that_was_broken_off_makes_no_third_key() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::of(folder.path());
        file.make().unwrap();
        let first = file.read().unwrap().1;
        let lock = file.lock().unwrap();
        assert!(matches!(file.lock(), Err(SecretsError::Rotating)));
        file.add_key(&lock).unwrap();
        file.add_key(&lock).unwrap();
        let both = file.read().unwrap().1;
        assert_eq!(both.keys().len(), 2);
        assert_eq!(both.keys()[1].id(), first.newest().id());
        assert_eq!(file.drop_old_keys(&lock).unwrap(), 1);
        let left = file.read().unwrap().1;
        assert_eq!((left.keys().len(), left.newest().id()), (1, both.newest().id()));
    }

    #[test]
    fn a_file_that_holds_no_key_is_an_error_and_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::of(folder.path());
        for text in ["", "\n", "hunter2"] {
            std::fs::write(file.path(), text).unwrap();
            let refused = file.read().unwrap_err().to_string();
            assert!(refused.contains("secrets.key") && !refused.contains("hunter2"), "{refused}");
        }
    }
}
