//! Opening the database, reading it, and write transactions.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqlSafeStr, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::clock::Clock;
use crate::feed::Doorbell;
use crate::metrics;
use crate::secrets::SecretsError;
use crate::shared_files::give_to_all;

use super::{patience, setup_lock};

/// How long a connection waits for another process while it is being opened; later it has a patience
/// of its own.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a caller waits for a connection of a pool.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(25);
/// How long closing waits for connections that are in use.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);
const READERS: u32 = 4;
/// apalis' own pool: each queue's fetch, lock and ack take turns on it.
const QUEUE_CONNECTIONS: u32 = 2;

/// A failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite or the pool said no.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A row holds what this version can't read.
    #[error("the database holds a value that can't be read: {0}")]
    Corrupt(String),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A sealed value can't be opened, or the keys can't be had.
    #[error(transparent)]
    Sealed(#[from] SecretsError),
    /// The job queue refused a poke.
    #[error("the job queue refused a poke: {0}")]
    Queue(String),
}

/// The database of an installation, as one process sees it.
#[derive(Debug, Clone)]
pub struct Store {
    read: SqlitePool,
    write: SqlitePool,
    queue: SqlitePool,
    clock: Arc<dyn Clock>,
    bell: Doorbell,
    file: Arc<Path>,
}

impl Store {
    /// Opens (and makes) the database file. Does not migrate it.
    ///
    /// # Errors
    /// [`StoreError::Database`] if the file can't be opened or made.
    pub async fn open(
        file: &Path,
        clock: Arc<dyn Clock>,
        bell: Doorbell,
    ) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An accepted operation survives a power cut, not only a kill.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .pragma("journal_size_limit", "67108864");
        let pool = |max: u32| {
            SqlitePoolOptions::new()
                .max_connections(max)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .idle_timeout(None)
                .max_lifetime(None)
                .after_connect(|conn, _| Box::pin(patience::be_patient(conn)))
                // A transaction that SQLite itself has rolled back, as when the disk is full or a
                // commit fails (<https://sqlite.org/lang_transaction.html>), is one that sqlx still
                // sees, on a connection that can begin none any more: it is closed.
                .before_acquire(|conn, _| {
                    let usable = !conn.is_in_transaction();
                    Box::pin(async move { Ok(usable) })
                })
                // That its thread is alive is seen whenever it is given back.
                .test_before_acquire(false)
        };
        let _lock = setup_lock::take(file).await?;
        make_for_all(file).map_err(sqlx::Error::Io)?;
        // One writer a process: writers queue in memory instead of polling the file's lock.
        // Only it can optimize: a connection that fails to is dropped by the driver, unclosed when
        // its pool says that it is closed.
        let write = pool(1).connect_with(options.clone().optimize_on_close(true, 400)).await?;
        let read = pool(READERS).connect_with(options.clone().pragma("query_only", "ON")).await?;
        // What apalis writes may be lost in a power cut: pokes are sent again. A poke itself is
        // pushed by the writer, with its operation.
        let queue = pool(QUEUE_CONNECTIONS).connect_lazy_with(
            options
                .synchronous(SqliteSynchronous::Normal)
                // Its statements don't name their columns, see `columns.rs`.
                .statement_cache_capacity(0),
        );
        Ok(Self { read, write, queue, clock, bell, file: file.into() })
    }

    /// The database through the connections of one pool, for a simulation: with one connection all
    /// its calls have an order.
    #[cfg(feature = "simulation")]
    #[must_use]
    pub fn over(pool: &SqlitePool, file: &Path, clock: Arc<dyn Clock>, bell: Doorbell) -> Self {
        let (read, write, queue) = (pool.clone(), pool.clone(), pool.clone());
        Self { read, write, queue, clock, bell, file: file.into() }
    }

    /// A connection that can't write. Each statement sees the newest commit.
    ///
    /// # Errors
    /// [`StoreError::Database`] if none is free in time.
    pub async fn read(&self) -> Result<sqlx::pool::PoolConnection<Sqlite>, StoreError> {
        Ok(self.read.acquire().await?)
    }

    /// Begins a write transaction (`BEGIN IMMEDIATE`) whose commit survives a power cut. Dropped
    /// without a commit it rolls back.
    ///
    /// # Errors
    /// [`StoreError::Database`] if the write lock isn't had in time.
    pub async fn write(&self) -> Result<WriteTx, StoreError> {
        self.begin("PRAGMA synchronous = FULL; BEGIN IMMEDIATE").await
    }

    /// The same, but a power cut may take the commit back, as if it had never been. For what is
    /// worth nothing without the processes that a power cut ends: claims, leases, progress,
    /// heartbeats. Commits stay in order: a later [`write`](Self::write) makes this one durable too
    /// (<https://sqlite.org/pragma.html#pragma_synchronous>).
    ///
    /// # Errors
    /// [`StoreError::Database`] if the write lock isn't had in time.
    pub async fn write_lightly(&self) -> Result<WriteTx, StoreError> {
        self.begin("PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE").await
    }

    async fn begin(&self, how: &'static str) -> Result<WriteTx, StoreError> {
        let begun = Instant::now();
        let conn = self.write.acquire().await?;
        let tx = Transaction::begin(conn, Some(how.into_sql_str())).await?;
        metrics::database_waited(begun.elapsed());
        Ok(WriteTx { tx, bell: self.bell.clone() })
    }

    /// apalis' own pool.
    #[must_use]
    pub fn queue_pool(&self) -> &SqlitePool {
        &self.queue
    }

    /// The pool that writes; for migrations.
    pub(super) fn write_pool(&self) -> &SqlitePool {
        &self.write
    }

    /// The database file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Where the time comes from.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// What tells other processes of commits.
    #[must_use]
    pub fn bell(&self) -> &Doorbell {
        &self.bell
    }

    /// A number that changes when another process commits (`PRAGMA data_version`), read on the
    /// given connection, which must be the same each time.
    ///
    /// # Errors
    /// [`StoreError::Database`]
    pub async fn data_version(conn: &mut SqliteConnection) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("PRAGMA data_version").fetch_one(conn).await?)
    }

    /// Writes a copy of the database as it is at one instant into a file that isn't there yet, while
    /// others go on reading and writing (`VACUUM INTO`, <https://sqlite.org/lang_vacuum.html>). The
    /// caller makes it durable.
    ///
    /// # Errors
    /// [`StoreError::Database`]
    pub async fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        // Not the reader's connections, which can't write any file, nor the writer's, which others
        // need meanwhile.
        let mut conn = self.queue.acquire().await?;
        sqlx::query("VACUUM INTO $1")
            .bind(file.to_string_lossy().into_owned())
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Reads all of the database and gives what is wrong with it (`PRAGMA quick_check`).
    ///
    /// # Errors
    /// [`StoreError::Database`]
    pub async fn quick_check(&self) -> Result<Vec<String>, StoreError> {
        let mut said: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(10)")
            .fetch_all(&mut *self.read().await?)
            .await?;
        said.retain(|line| line != "ok");
        Ok(said)
    }

    /// The same, more thoroughly, with the references between rows (`PRAGMA integrity_check`,
    /// `PRAGMA foreign_key_check`). For a database that nobody else uses.
    ///
    /// # Errors
    /// [`StoreError::Database`]
    pub async fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        let mut conn = self.read().await?;
        let mut said: Vec<String> =
            sqlx::query_scalar("PRAGMA integrity_check(10)").fetch_all(&mut *conn).await?;
        said.retain(|line| line != "ok");
        let dangling: Vec<String> = sqlx::query_scalar(
            "SELECT \"table\" || ' refers to a row of ' || parent || ' that is missing' \
             FROM pragma_foreign_key_check LIMIT 10",
        )
        .fetch_all(&mut *conn)
        .await?;
        said.extend(dangling);
        Ok(said)
    }

    /// Refreshes the planner's statistics where tables have grown; without them the queue's fetch
    /// is ten times slower. Cheap when there is nothing to do (`PRAGMA optimize`).
    ///
    /// # Errors
    /// [`StoreError::Database`]
    pub async fn optimize(&self) -> Result<(), StoreError> {
        // 0x10002: look at all tables, not only at those this connection has used.
        sqlx::raw_sql("PRAGMA analysis_limit = 400; PRAGMA optimize = 0x10002")
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Ends all connections, after what they are doing; not later than [`CLOSE_LIMIT`]: a process
    /// that ends must not wait for a connection that somebody still holds.
    pub async fn close(&self) {
        if tokio::time::timeout(CLOSE_LIMIT, self.close_for_good()).await.is_err() {
            tracing::warn!("the database was left with connections in use");
        }
    }

    /// Ends all connections, however long that takes. If no other process has any, the file alone is
    /// the database then: its log is in it, and gone.
    pub async fn close_for_good(&self) {
        self.queue.close().await;
        self.read.close().await;
        // The last one: what it optimizes is in the file too.
        self.write.close().await;
    }
}

/// Opens a database that nobody writes to, for reading.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn read_file(file: &Path) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new().filename(file).immutable(true).read_only(true);
    Ok(SqliteConnection::connect_with(&options).await?)
}

/// SQLite gives the files that it makes beside a database to the owner of that
/// (`findCreateFileMode`, os_unix.c), so the database is there and given away before.
fn make_for_all(file: &Path) -> std::io::Result<()> {
    std::fs::File::options().write(true).create(true).truncate(false).open(file)?;
    give_to_all(file)
}

/// A write transaction. Everything that must be true together goes through one of these.
#[derive(Debug)]
pub struct WriteTx {
    tx: Transaction<'static, Sqlite>,
    bell: Doorbell,
}

impl WriteTx {
    /// Commits, then rings the doorbell of every process.
    ///
    /// # Errors
    /// [`StoreError::Database`]; then nothing is committed.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await?;
        self.bell.ring();
        Ok(())
    }

    /// Commits what nobody waits for, such as a lease's renewal.
    ///
    /// # Errors
    /// [`StoreError::Database`]; then nothing is committed.
    pub async fn commit_quietly(self) -> Result<(), StoreError> {
        self.tx.commit().await?;
        Ok(())
    }

    /// Takes everything back.
    ///
    /// # Errors
    /// [`StoreError::Database`]
    pub async fn rollback(self) -> Result<(), StoreError> {
        self.tx.rollback().await?;
        Ok(())
    }
}

impl Deref for WriteTx {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.tx
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.tx
    }
}

#[cfg(test)]
#[path = "db_tests.rs"]
mod tests;
