//! Memory that was promised to starts under way and may not be used yet.

use sqlx::SqliteConnection;

use super::StoreError;
use crate::clock::Timestamp;
use crate::ids::OperationId;

/// Bytes that were promised on a node to operations other than `operation`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn to_others(
    conn: &mut SqliteConnection,
    node: &str,
    operation: OperationId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let bytes: i64 = sqlx::query_scalar(
        "SELECT coalesce(sum(bytes), 0) FROM memory_promises \
         WHERE node = $1 AND operation_id <> $2 AND until > $3",
    )
    .bind(node)
    .bind(operation)
    .bind(now)
    .fetch_one(conn)
    .await?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// Promises bytes to an operation until `until`, in place of what it was promised before. Forgets
/// promises that have run out.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn promise(
    conn: &mut SqliteConnection,
    node: &str,
    operation: OperationId,
    bytes: u64,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM memory_promises WHERE until <= $1")
        .bind(now)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "INSERT INTO memory_promises (operation_id, node, bytes, until) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (operation_id) DO UPDATE SET bytes = excluded.bytes, until = excluded.until",
    )
    .bind(operation)
    .bind(node)
    .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
    .bind(until)
    .execute(conn)
    .await?;
    Ok(())
}
