//! Worker processes: who has been heard of.

use sqlx::{FromRow, SqliteConnection};

use super::StoreError;
use crate::clock::Timestamp;

/// A worker process.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Worker {
    /// Its name, new at each start.
    pub name: String,
    /// The node it works for.
    pub node: String,
    /// Its process id on the host.
    pub pid: i64,
    /// The queues it takes from, comma-separated.
    pub queues: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it was last heard of.
    pub seen_at: Timestamp,
}

/// Notes that a worker is there.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn beat(conn: &mut SqliteConnection, worker: &Worker) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO worker_processes (name, node, pid, queues, started_at, seen_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at",
    )
    .bind(&worker.name)
    .bind(&worker.node)
    .bind(worker.pid)
    .bind(&worker.queues)
    .bind(worker.started_at)
    .bind(worker.seen_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Workers heard of since `since`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn seen_since(
    conn: &mut SqliteConnection,
    since: Timestamp,
) -> Result<Vec<Worker>, StoreError> {
    Ok(sqlx::query_as(select!(worker_processes, "WHERE seen_at >= $1 ORDER BY name"))
        .bind(since)
        .fetch_all(conn)
        .await?)
}

/// The worker that was heard of last, however long ago.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn heard_last(conn: &mut SqliteConnection) -> Result<Option<Worker>, StoreError> {
    Ok(sqlx::query_as(select!(worker_processes, "ORDER BY seen_at DESC, name LIMIT 1"))
        .fetch_optional(conn)
        .await?)
}

/// Forgets a worker.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn delete(conn: &mut SqliteConnection, name: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM worker_processes WHERE name = $1").bind(name).execute(conn).await?;
    Ok(())
}

/// Forgets workers not heard of since `since`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn prune(conn: &mut SqliteConnection, since: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM worker_processes WHERE seen_at < $1")
        .bind(since)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}
