//! What SQLite itself saw of the operations: a trigger writes each change of their status down, so
//! that what happened is known from nobody's own account.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, SqliteConnection};

const BUSY_LIMIT: Duration = Duration::from_secs(20);

/// A connection of our own to an installation's database.
pub(crate) async fn connect(data: &Path) -> sqlx::Result<SqliteConnection> {
    SqliteConnectOptions::new()
        .filename(data.join("sandboxd.db"))
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(BUSY_LIMIT)
        .connect()
        .await
}

/// Begins to write changes down.
pub(crate) async fn lay(conn: &mut SqliteConnection) -> sqlx::Result<()> {
    for statement in [
        "CREATE TABLE chaos_trail (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, \
         id TEXT NOT NULL, was TEXT NOT NULL, status TEXT NOT NULL, lock_key TEXT NOT NULL, \
         attempt INTEGER NOT NULL, token INTEGER NOT NULL, worker TEXT)",
        "CREATE TRIGGER chaos_trail_of_operations AFTER UPDATE OF status, token, finished_at \
         ON operations BEGIN INSERT INTO chaos_trail \
         (at, id, was, status, lock_key, attempt, token, worker) \
         VALUES (CAST(unixepoch('subsec') * 1000 AS INTEGER), NEW.id, OLD.status, NEW.status, \
         NEW.lock_key, NEW.attempt, NEW.token, coalesce(NEW.lease_owner, OLD.lease_owner)); END",
    ] {
        sqlx::query(statement).execute(&mut *conn).await?;
    }
    Ok(())
}

/// A change of an operation's status.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Change {
    /// When, Unix milliseconds.
    pub(crate) at: i64,
    pub(crate) id: String,
    pub(crate) was: String,
    pub(crate) status: String,
    pub(crate) lock_key: String,
    pub(crate) token: i64,
    pub(crate) worker: Option<String>,
}

/// All changes, oldest first.
pub(crate) async fn changes(conn: &mut SqliteConnection) -> sqlx::Result<Vec<Change>> {
    let sql = "SELECT at, id, was, status, lock_key, token, worker FROM chaos_trail \
               ORDER BY seq";
    sqlx::query_as(sql).fetch_all(conn).await
}

/// The name that the worker process `pid` goes by, if it has said so yet.
pub(crate) async fn worker_name(data: &Path, pid: u32) -> Option<String> {
    let mut conn = connect(data).await.ok()?;
    let sql = "SELECT name FROM worker_processes WHERE pid = $1 ORDER BY started_at DESC LIMIT 1";
    sqlx::query_scalar(sql).bind(i64::from(pid)).fetch_optional(&mut conn).await.ok()?
}
