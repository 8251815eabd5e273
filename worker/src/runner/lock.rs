//! Locks of sandboxes: `flock(2)` on a file each. Tokens fence rows, they can't fence Docker; the
//! kernel frees a lock when its process is killed, and keeps it while the process is stopped.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::FlockOperation;

/// How often a lock that is taken is tried.
const RETRY: Duration = Duration::from_millis(50);

/// A lock could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("another process still works on {0}")]
    Taken(String),
    /// Its file can't be used.
    #[error("the lock of {key} can't be used")]
    Io {
        /// Which lock.
        key: String,
        /// Why.
        source: io::Error,
    },
}

/// The locks of a node.
#[derive(Debug, Clone)]
pub struct SandboxLocks {
    folder: PathBuf,
}

/// A lock that is held until this is dropped, and so is every copy of its descriptor.
#[derive(Debug)]
pub struct Held {
    file: File,
}

impl AsFd for Held {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl SandboxLocks {
    /// Locks whose files are in `folder`, which exists.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Takes a lock if it is free.
    ///
    /// # Errors
    /// [`LockError::Taken`] if it isn't.
    pub fn try_take(&self, key: &str) -> Result<Held, LockError> {
        self.try_lock(key, FlockOperation::NonBlockingLockExclusive)
    }

    fn try_lock(&self, key: &str, how: FlockOperation) -> Result<Held, LockError> {
        let fail = |source| LockError::Io { key: key.to_owned(), source };
        let name: String =
            key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let path = self.folder.join(format!("{}.lock", name.to_ascii_lowercase()));
        loop {
            let file = File::options()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&path)
                .map_err(fail)?;
            match rustix::fs::flock(&file, how) {
                // A sweep may have removed the file before it was locked: then others lock another.
                Ok(()) if is_at(&file, &path) => return Ok(Held { file }),
                Ok(()) => {}
                Err(rustix::io::Errno::WOULDBLOCK) => return Err(LockError::Taken(key.to_owned())),
                Err(error) => return Err(fail(error.into())),
            }
        }
    }

    /// Takes a lock, waiting up to `patience`.
    ///
    /// # Errors
    /// [`LockError::Taken`] if it isn't free in time.
    pub async fn take(&self, key: &str, patience: Duration) -> Result<Held, LockError> {
        self.lock(key, FlockOperation::NonBlockingLockExclusive, patience).await
    }

    /// Takes a lock together with others who only look, waiting up to `patience`.
    ///
    /// # Errors
    /// [`LockError::Taken`] if somebody who changes things keeps it for longer.
    pub async fn take_shared(&self, key: &str, patience: Duration) -> Result<Held, LockError> {
        self.lock(key, FlockOperation::NonBlockingLockShared, patience).await
    }

    async fn lock(
        &self,
        key: &str,
        how: FlockOperation,
        patience: Duration,
    ) -> Result<Held, LockError> {
        let until = tokio::time::Instant::now() + patience;
        loop {
            match self.try_lock(key, how) {
                Err(LockError::Taken(_)) if tokio::time::Instant::now() < until => {
                    tokio::time::sleep(RETRY).await;
                }
                result => return result,
            }
        }
    }

    /// Removes the files of locks that `keep` doesn't want and nobody holds.
    pub fn sweep(&self, keep: impl Fn(&str) -> bool) {
        let Ok(files) = std::fs::read_dir(&self.folder) else { return };
        for file in files.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            let Some(key) = name.strip_suffix(".lock") else { continue };
            if keep(key) {
                continue;
            }
            // Held while it is removed.
            if let Ok(_held) = self.try_take(key) {
                let _ = std::fs::remove_file(file.path());
            }
        }
    }
}

/// Whether an open file is still the one of this name.
fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(named)) = (file.metadata(), std::fs::symlink_metadata(path)) else {
        return false;
    };
    (open.dev(), open.ino()) == (named.dev(), named.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lock_is_exclusive_and_ends_with_its_holder() {
        let folder = tempfile::tempdir().unwrap();
        let locks = SandboxLocks::new(folder.path().to_owned());
        let held = locks.try_take("A").unwrap();
        assert!(matches!(locks.try_take("A"), Err(LockError::Taken(_))));
        assert!(locks.try_take("B").is_ok());
        drop(held);
        let looking = locks.take_shared("A", Duration::ZERO).await.unwrap();
        assert!(locks.take_shared("A", Duration::ZERO).await.is_ok());
        assert!(matches!(locks.try_take("A"), Err(LockError::Taken(_))));
        drop(looking);
        assert!(locks.take("A", Duration::from_secs(1)).await.is_ok());
        locks.sweep(|key| key == "b");
        assert!(!folder.path().join("a.lock").exists() && folder.path().join("b.lock").exists());
    }
}
