//! What should have moved and hasn't; for those who look after an installation.

use sqlx::{FromRow, SqliteConnection};

use super::StoreError;
use crate::clock::Timestamp;
use crate::domain::{OperationKind, QueueClass, SandboxStatus};
use crate::ids::{OperationId, SandboxId};

/// Operations of a queue that wait though they are due and nothing holds them.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Waiting {
    /// Whose queue it is.
    pub node: String,
    /// The class of work.
    pub queue: QueueClass,
    /// How many.
    pub count: i64,
    /// The oldest of them.
    pub oldest: OperationId,
    /// When that one could have been begun.
    pub since: Timestamp,
}

/// Operations that could have been begun before `before`, by queue.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn waiting(
    conn: &mut SqliteConnection,
    before: Timestamp,
) -> Result<Vec<Waiting>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT node, queue, count(*) AS count, min(id) AS oldest, min(not_before) AS since \
         FROM operations WHERE status = 'queued' AND not_before < $1 AND NOT EXISTS ( \
             SELECT 1 FROM operations o WHERE o.lock_key = operations.lock_key \
             AND o.id <> operations.id \
             AND (o.status = 'running' OR (o.status = 'queued' AND o.id < operations.id))) \
         GROUP BY node, queue ORDER BY node, queue",
    )
    .bind(before)
    .fetch_all(conn)
    .await?)
}

/// An operation whose lease has run out.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Expired {
    /// The operation.
    pub id: OperationId,
    /// What it does.
    pub kind: OperationKind,
    /// Who has it.
    pub worker: String,
    /// When its lease ran out.
    pub lease_until: Timestamp,
}

/// Operations whose lease ran out before `before`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn expired(
    conn: &mut SqliteConnection,
    before: Timestamp,
) -> Result<Vec<Expired>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, kind, lease_owner AS worker, lease_until FROM operations \
         WHERE status = 'running' AND lease_until < $1 ORDER BY id LIMIT 20",
    )
    .bind(before)
    .fetch_all(conn)
    .await?)
}

/// Sandboxes on their way somewhere, without an unfinished operation that brings them there.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn adrift(
    conn: &mut SqliteConnection,
) -> Result<Vec<(SandboxId, SandboxStatus)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, status FROM sandboxes \
         WHERE (status NOT IN ('running', 'stopped', 'error') OR active_operation_id IS NOT NULL) \
         AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.id = sandboxes.active_operation_id \
             AND o.status IN ('queued', 'running')) \
         ORDER BY id LIMIT 20",
    )
    .fetch_all(conn)
    .await?)
}
