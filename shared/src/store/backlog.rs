//! What waits and what runs, across all tenants; for those who look after an installation.

use sqlx::{FromRow, SqliteConnection};
use ulid::Ulid;

use super::StoreError;
use crate::clock::Timestamp;
use crate::domain::{OperationKind, QueueClass};
use crate::ids::{AppId, OperationId, SandboxId};

/// Endings are counted over this long.
const RATE_WINDOW_MS: i64 = 60_000;
/// Endings are looked for among operations accepted within this long, so that counting never
/// reads the whole history.
const RATE_REACH_MS: i64 = 3_600_000;

/// An operation in a worker's hands.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Running {
    /// The worker.
    pub worker: String,
    /// The tenant that asked for it.
    pub owner: String,
    /// The operation.
    pub id: OperationId,
    /// What it does.
    pub kind: OperationKind,
    /// The app it is about.
    pub app_id: Option<AppId>,
    /// The sandbox it is about.
    pub sandbox_id: Option<SandboxId>,
    /// Attempts begun.
    pub attempt: i64,
    /// When it was first begun.
    pub started_at: Option<Timestamp>,
    /// When it is taken for stranded unless its worker is heard of.
    pub lease_until: Timestamp,
}

/// Everything that runs.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn running(conn: &mut SqliteConnection) -> Result<Vec<Running>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT lease_owner AS worker, owner, id, kind, app_id, sandbox_id, attempt, started_at, \
         lease_until FROM operations WHERE status = 'running' ORDER BY id",
    )
    .fetch_all(conn)
    .await?)
}

/// A node's queue.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Queue {
    /// Whose it is.
    pub node: String,
    /// The class of work.
    pub queue: QueueClass,
    /// Operations that wait, back-off included.
    pub queued: i64,
    /// Operations that run.
    pub running: i64,
    /// When the one that waits longest was accepted.
    pub oldest_queued_at: Option<Timestamp>,
    /// Operations that ended within the last minute.
    pub ended: i64,
    /// Those of them that failed.
    pub failed: i64,
}

/// The queues that have anything to tell of.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn queues(conn: &mut SqliteConnection, now: Timestamp) -> Result<Vec<Queue>, StoreError> {
    let reach = u64::try_from(now.0 - RATE_REACH_MS).unwrap_or(0);
    Ok(sqlx::query_as(
        "SELECT node, queue, sum(status = 'queued') AS queued, sum(status = 'running') AS running, \
         min(CASE WHEN status = 'queued' THEN created_at END) AS oldest_queued_at, \
         sum(coalesce(finished_at > $2, 0)) AS ended, \
         sum(status = 'failed' AND coalesce(finished_at > $2, 0)) AS failed FROM ( \
             SELECT node, queue, status, created_at, finished_at FROM operations \
             WHERE status = 'queued' \
             UNION ALL SELECT node, queue, status, created_at, finished_at FROM operations \
             WHERE status = 'running' \
             UNION ALL SELECT node, queue, status, created_at, finished_at FROM operations \
             WHERE id > $1 AND finished_at > $2) \
         GROUP BY node, queue ORDER BY node, queue",
    )
    .bind(OperationId::from(Ulid::from_parts(reach, 0)))
    .bind(now.0 - RATE_WINDOW_MS)
    .fetch_all(conn)
    .await?)
}
