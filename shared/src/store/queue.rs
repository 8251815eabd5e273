//! Pokes: rows of apalis' job table that say "look at operation X". With `worker::queue` the only
//! code that knows apalis. An operation is the truth; a poke that is lost is sent again.

use apalis_core::task::builder::TaskBuilder;
use apalis_core::task::task_id::TaskId;
use apalis_sqlite::queries::push_tasks;
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use super::{StoreError, row};
use crate::clock::Timestamp;
use crate::domain::QueueClass;
use crate::ids::{OperationId, fresh};

/// What a poke carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poke {
    /// The operation to look at.
    pub operation: OperationId,
}

/// The name of a node's queue for a class of work.
#[must_use]
pub fn name(node: &str, class: QueueClass) -> String {
    format!("{node}/{class}")
}

/// Sends a poke for an operation, in the caller's transaction, and gives the poke's id.
///
/// # Errors
/// [`StoreError::Queue`]
pub async fn push(
    conn: &mut SqliteConnection,
    node: &str,
    class: QueueClass,
    operation: OperationId,
) -> Result<String, StoreError> {
    let id = fresh();
    let body = serde_json::to_vec(&Poke { operation })
        .expect("invariant: a poke is representable as JSON");
    // One attempt: retries are the operation's, not the poke's.
    let task = TaskBuilder::new(body).task_id(TaskId::from_ulid(id)).max_attempts(1).build();
    push_tasks(conn, &name(node, class), &[task])
        .await
        .map_err(|error| StoreError::Queue(error.to_string()))?;
    Ok(id.to_string())
}

/// Which of these queues have pokes that nobody has taken. Asking apalis for some takes the write lock
/// of the database, whether there are any or not; this doesn't.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn waiting(
    conn: &mut SqliteConnection,
    queues: &[String],
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT value FROM json_each($1) WHERE EXISTS \
         (SELECT 1 FROM Jobs WHERE job_type = value AND status = 'Pending')",
    )
    .bind(row::to_json(&queues))
    .fetch_all(conn)
    .await?)
}

/// Removes pokes that were answered, at most `limit`. apalis' own `vacuum` removes the wrong rows.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn prune(
    conn: &mut SqliteConnection,
    done_before: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM Jobs WHERE rowid IN (SELECT rowid FROM Jobs \
         WHERE status IN ('Done', 'Failed', 'Killed') AND done_at < $1 LIMIT $2)",
    )
    .bind(done_before.0 / 1000)
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Removes all pokes; the reaper sends those that are needed again.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn clear(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM Jobs").execute(conn).await?;
    Ok(())
}
