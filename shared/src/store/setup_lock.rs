//! One process at a time sets up the database. All of them open and migrate it at their start:
//! the switch to WAL fails at once where another process is in the way, whatever the busy timeout
//! (`sqlite3_busy_handler`), and SQLite's migrator has no lock of its own.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::FlockOperation;

use super::StoreError;
use crate::shared_files::give_to_all;

/// The lock, until it is dropped.
#[derive(Debug)]
pub(super) struct SetupLock {
    _file: File,
}

/// Waits for the lock of a database file.
///
/// # Errors
/// [`StoreError::Database`] if the lock's file can't be made.
pub(super) async fn take(database: &Path) -> Result<SetupLock, StoreError> {
    let path = database.with_extension("setup.lock");
    let lock = tokio::task::spawn_blocking(move || {
        let file = File::create(&path)?;
        give_to_all(&path)?;
        rustix::fs::flock(&file, FlockOperation::LockExclusive)?;
        io::Result::Ok(SetupLock { _file: file })
    });
    lock.await
        .unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()))
        .map_err(|error| StoreError::Database(error.into()))
}
