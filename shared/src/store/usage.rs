//! What a tenant uses of its quotas.

use sqlx::SqliteConnection;
use ulid::Ulid;

use super::StoreError;
use crate::clock::Timestamp;
use crate::ids::OperationId;

/// Sandboxes, those that failed to be made aside: nothing is left of them.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn sandboxes(conn: &mut SqliteConnection, owner: &str) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM sandboxes WHERE owner = $1 AND status <> 'error'";
    Ok(sqlx::query_scalar(sql).bind(owner).fetch_one(conn).await?)
}

/// Sandboxes that have a container, or are about to. One that is being restored counts, as it may
/// have been running.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn running(conn: &mut SqliteConnection, owner: &str) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM sandboxes WHERE owner = $1 \
               AND status IN ('creating', 'starting', 'running', 'restoring')";
    Ok(sqlx::query_scalar(sql).bind(owner).fetch_one(conn).await?)
}

/// Snapshots, those that failed aside, and checkpoints: tasks make those, and old ones go by
/// themselves.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn snapshots(conn: &mut SqliteConnection, owner: &str) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM snapshots WHERE owner = $1 AND status <> 'failed' \
               AND kind <> 'checkpoint'";
    Ok(sqlx::query_scalar(sql).bind(owner).fetch_one(conn).await?)
}

/// Bytes of the sealed layers that the tenant's snapshots and workspaces stand on, each counted
/// once. What a running sandbox has written since it was last sealed isn't among them, nor is a
/// layer that isn't measured yet.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn disk_bytes(conn: &mut SqliteConnection, owner: &str) -> Result<i64, StoreError> {
    let sql = "WITH RECURSIVE held(id) AS ( \
             SELECT layer_id FROM snapshots WHERE owner = $1 AND layer_id IS NOT NULL \
             UNION SELECT g.base_layer_id FROM generations g \
                 JOIN sandboxes s ON s.id = g.sandbox_id \
                 WHERE s.owner = $1 AND g.base_layer_id IS NOT NULL \
             UNION SELECT l.parent_id FROM layers l JOIN held ON l.id = held.id \
                 WHERE l.parent_id IS NOT NULL) \
         SELECT coalesce(sum(l.size_bytes), 0) FROM layers l JOIN held ON l.id = held.id";
    Ok(sqlx::query_scalar(sql).bind(owner).fetch_one(conn).await?)
}

/// Unfinished tasks.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn tasks(conn: &mut SqliteConnection, owner: &str) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM operations WHERE owner = $1 AND queue = 'task' AND kind = 'task.run' \
               AND status IN ('queued', 'running')";
    Ok(sqlx::query_scalar(sql).bind(owner).fetch_one(conn).await?)
}

/// Operations accepted since `since`, and when the oldest of them was.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn operations_since(
    conn: &mut SqliteConnection,
    owner: &str,
    since: Timestamp,
) -> Result<(i64, Option<Timestamp>), StoreError> {
    // Ids begin with the time, so that the index by owner and id has all of the answer.
    let first = OperationId::from(Ulid::from_parts(u64::try_from(since.0).unwrap_or(0), 0));
    let sql = "SELECT count(*), min(id) FROM operations WHERE owner = $1 AND id >= $2";
    let (count, oldest): (i64, Option<OperationId>) =
        sqlx::query_as(sql).bind(owner).bind(first).fetch_one(conn).await?;
    let at = |id| Timestamp(i64::try_from(Ulid::from(id).timestamp_ms()).unwrap_or(i64::MAX));
    Ok((count, oldest.map(at)))
}
