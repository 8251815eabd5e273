//! Sandboxes whose workspace holds more than it may.

use sqlx::SqliteConnection;

use super::super::StoreError;
use crate::clock::Timestamp;
use crate::domain::Sandbox;
use crate::ids::SandboxId;

/// Notes that a sandbox's workspace is too large to be used. Noted already is a success.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn note_too_large(
    conn: &mut SqliteConnection,
    id: SandboxId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT OR IGNORE INTO oversized_workspaces (sandbox_id, noted_at) VALUES ($1, $2)",
    )
    .bind(id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that it can be used again.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn forget_too_large(
    conn: &mut SqliteConnection,
    id: SandboxId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM oversized_workspaces WHERE sandbox_id = $1")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether it is noted as too large.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn is_too_large(conn: &mut SqliteConnection, id: SandboxId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM oversized_workspaces WHERE sandbox_id = $1)";
    Ok(sqlx::query_scalar(sql).bind(id).fetch_one(conn).await?)
}

/// The running sandboxes of a node that nothing is under way for.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn at_work(conn: &mut SqliteConnection, node: &str) -> Result<Vec<Sandbox>, StoreError> {
    Ok(sqlx::query_as(select!(
        sandboxes,
        "WHERE node = $1 AND status = 'running' \
         AND active_operation_id IS NULL ORDER BY id"
    ))
    .bind(node)
    .fetch_all(conn)
    .await?)
}
