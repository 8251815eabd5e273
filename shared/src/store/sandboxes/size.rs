//! Sandboxes whose workspace holds more than it may.

use sqlx::SqliteConnection;

use super::super::StoreError;
use crate::domain::Sandbox;
use crate::ids::SandboxId;

/// Notes whether a sandbox's workspace is too large to be used.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_too_large(
    conn: &mut SqliteConnection,
    id: SandboxId,
    too_large: bool,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sandboxes SET too_large = $2 WHERE id = $1")
        .bind(id)
        .bind(too_large)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether it was noted.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn is_too_large(conn: &mut SqliteConnection, id: SandboxId) -> Result<bool, StoreError> {
    let noted: Option<bool> = sqlx::query_scalar("SELECT too_large FROM sandboxes WHERE id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    Ok(noted.unwrap_or(false))
}

/// The running sandboxes of a node that nothing is under way for.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn at_work(conn: &mut SqliteConnection, node: &str) -> Result<Vec<Sandbox>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT * FROM sandboxes WHERE node = $1 AND status = 'running' \
         AND active_operation_id IS NULL ORDER BY id",
    )
    .bind(node)
    .fetch_all(conn)
    .await?)
}
