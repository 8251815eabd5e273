//! Bringing the schema up to date: ours, and apalis' in a table of its own.

use std::collections::HashSet;
use std::sync::LazyLock;

use apalis_sqlite::SqliteStorage;
use sqlx::migrate::Migrator;

use super::{Store, StoreError, setup_lock};

/// All of this version. A database may have further ones: during an upgrade a process of the version
/// before may be started once more, and migrations only add until nothing needs what goes.
static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = sqlx::migrate!("../migrations");
    migrations.set_ignore_missing(true);
    migrations
});

/// How a database's schema stands to this version's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// It is the same.
    Current,
    /// So many migrations are missing.
    Behind(usize),
    /// It has so many that this version doesn't know.
    Ahead(usize),
}

/// Compares the schema with this version's, and changes nothing.
///
/// # Errors
/// [`StoreError::Database`], also where there never was a schema.
pub async fn schema(store: &Store) -> Result<Schema, StoreError> {
    let sql = "SELECT version FROM _sqlx_migrations WHERE success";
    let applied: HashSet<i64> =
        sqlx::query_scalar(sql).fetch_all(&mut *store.read().await?).await?.into_iter().collect();
    let known: HashSet<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    Ok(match (applied.difference(&known).count(), known.difference(&applied).count()) {
        (0, 0) => Schema::Current,
        (0, missing) => Schema::Behind(missing),
        (unknown, _) => Schema::Ahead(unknown),
    })
}

/// Applies what is missing. Safe to run from several processes at once, and again.
///
/// # Errors
/// [`StoreError::Migrate`]
pub async fn migrate(store: &Store) -> Result<(), StoreError> {
    let _lock = setup_lock::take(store.file()).await?;
    MIGRATIONS.run(store.write_pool()).await?;
    // apalis' `setup()` would also set `synchronous=OFF`, so only its migrations are run.
    let mut apalis = SqliteStorage::migrations();
    apalis.dangerous_set_table_name("_apalis_migrations");
    apalis.run(store.write_pool()).await?;
    Ok(())
}
