//! Bringing the schema up to date: ours, and apalis' in a table of its own.

use apalis_sqlite::SqliteStorage;

use super::{Store, StoreError, setup_lock};

/// Applies what is missing. Safe to run from several processes at once, and again.
///
/// # Errors
/// [`StoreError::Migrate`]
pub async fn migrate(store: &Store) -> Result<(), StoreError> {
    let _lock = setup_lock::take(store.file()).await?;
    sqlx::migrate!("../migrations").run(store.write_pool()).await?;
    // apalis' `setup()` would also set `synchronous=OFF`, so only its migrations are run.
    let mut apalis = SqliteStorage::migrations();
    apalis.dangerous_set_table_name("_apalis_migrations");
    apalis.run(store.write_pool()).await?;
    Ok(())
}
