//! Making, changing and removing sandboxes' rows.

use sqlx::SqliteConnection;

use crate::clock::Timestamp;
use crate::domain::{IdlePolicy, PreviewStatus, Sandbox, Visibility};
use crate::ids::{SandboxId, SnapshotId};
use crate::store::{StoreError, row};

/// A project in the caller's own system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The user's id there.
    pub user_id: String,
    /// The project's id there.
    pub id: String,
}

/// Adds a sandbox, without address and preview.
///
/// # Errors
/// [`StoreError::Database`], also when the app or the project has one already.
pub async fn insert(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    project: Option<&Project>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sandboxes (id, owner, app_id, node, status, status_reason, template, ports, \
         visibility, idle_policy, idle_after_ms, limits, image, generation, base_snapshot_id, \
         project_user_id, project_id, active_operation_id, created_at, updated_at, last_active_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
         $19, $20, $21)",
    )
    .bind(sandbox.id)
    .bind(&sandbox.owner)
    .bind(sandbox.app_id)
    .bind(&sandbox.node)
    .bind(sandbox.status)
    .bind(&sandbox.status_reason)
    .bind(sandbox.template)
    .bind(row::to_json(&sandbox.ports))
    .bind(sandbox.visibility)
    .bind(sandbox.idle_policy)
    .bind(sandbox.idle_after_ms)
    .bind(row::to_json(&sandbox.limits))
    .bind(&sandbox.image)
    .bind(sandbox.generation)
    .bind(sandbox.base_snapshot_id)
    .bind(project.map(|project| &project.user_id))
    .bind(project.map(|project| &project.id))
    .bind(sandbox.active_operation_id)
    .bind(sandbox.created_at)
    .bind(sandbox.updated_at)
    .bind(sandbox.last_active_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a probe's finding for the container that was probed. Says whether the status changed.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_preview(
    conn: &mut SqliteConnection,
    id: SandboxId,
    container_id: &str,
    status: PreviewStatus,
    http_status: Option<u16>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let before: Option<PreviewStatus> = sqlx::query_scalar(
        "SELECT preview_status FROM sandboxes WHERE id = $1 AND container_id = $2",
    )
    .bind(id)
    .bind(container_id)
    .fetch_optional(&mut *conn)
    .await?;
    let Some(before) = before else { return Ok(false) };
    sqlx::query(
        "UPDATE sandboxes SET preview_status = $2, preview_http_status = $3, preview_checked_at = $4 \
         WHERE id = $1",
    )
    .bind(id)
    .bind(status)
    .bind(http_status.map(i64::from))
    .bind(now)
    .execute(conn)
    .await?;
    Ok(before != status)
}

/// Names the snapshot that the workspace was last captured to or made from.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_base_snapshot(
    conn: &mut SqliteConnection,
    id: SandboxId,
    snapshot: Option<SnapshotId>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sandboxes SET base_snapshot_id = $2 WHERE id = $1")
        .bind(id)
        .bind(snapshot)
        .execute(conn)
        .await?;
    Ok(())
}

/// Names the sandbox's current workspace.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_generation(
    conn: &mut SqliteConnection,
    id: SandboxId,
    generation: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sandboxes SET generation = $2 WHERE id = $1")
        .bind(id)
        .bind(generation)
        .execute(conn)
        .await?;
    Ok(())
}

/// What a client may change; `None` leaves a field as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change {
    /// Who may see previews.
    pub visibility: Option<Visibility>,
    /// Whether it is stopped when idle.
    pub idle_policy: Option<IdlePolicy>,
    /// Its own idle time in milliseconds.
    pub idle_after_ms: Option<i64>,
}

/// Changes a sandbox's settings.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn update(
    conn: &mut SqliteConnection,
    id: SandboxId,
    change: Change,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sandboxes SET visibility = coalesce($2, visibility), \
         idle_policy = coalesce($3, idle_policy), idle_after_ms = coalesce($4, idle_after_ms), \
         updated_at = $5 WHERE id = $1",
    )
    .bind(id)
    .bind(change.visibility)
    .bind(change.idle_policy)
    .bind(change.idle_after_ms)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a sandbox was used.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn touch(
    conn: &mut SqliteConnection,
    id: SandboxId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sandboxes SET last_active_at = max(last_active_at, $2) WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes a sandbox's row. Its generations keep theirs until their bytes are gone.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn delete(conn: &mut SqliteConnection, id: SandboxId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sandboxes WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}
