//! Bringing the schema up to date: ours, and apalis' in a table of its own.

use std::fs::File;

use apalis_sqlite::SqliteStorage;
use rustix::fs::FlockOperation;

use super::{Store, StoreError};

/// Applies what is missing. Safe to run from several processes at once, and again.
///
/// # Errors
/// [`StoreError::Migrate`]
pub async fn migrate(store: &Store) -> Result<(), StoreError> {
    // All processes migrate at their start, and SQLite's migrator has no lock of its own.
    let path = store.file().with_extension("migrate.lock");
    let lock = tokio::task::spawn_blocking(move || {
        let file = File::create(path)?;
        rustix::fs::flock(&file, FlockOperation::LockExclusive)?;
        std::io::Result::Ok(file)
    });
    let _lock = lock
        .await
        .unwrap_or_else(|_| Err(std::io::ErrorKind::Interrupted.into()))
        .map_err(|error| StoreError::Database(error.into()))?;
    sqlx::migrate!("../migrations").run(store.write_pool()).await?;
    // apalis' `setup()` would also set `synchronous=OFF`, so only its migrations are run.
    let mut apalis = SqliteStorage::migrations();
    apalis.dangerous_set_table_name("_apalis_migrations");
    apalis.run(store.write_pool()).await?;
    Ok(())
}
