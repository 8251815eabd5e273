//! Sandboxes.

use std::net::IpAddr;

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use super::{Page, StoreError, row};
use crate::clock::Timestamp;
use crate::domain::{IdlePolicy, PreviewStatus, Sandbox, SandboxStatus, Visibility};
use crate::ids::{AppId, OperationId, SandboxId, SnapshotId};

impl FromRow<'_, SqliteRow> for Sandbox {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            owner: row.try_get("owner")?,
            app_id: row.try_get("app_id")?,
            node: row.try_get("node")?,
            status: row.try_get("status")?,
            status_reason: row.try_get("status_reason")?,
            template: row.try_get("template")?,
            ports: row::json(row, "ports")?,
            visibility: row.try_get("visibility")?,
            idle_policy: row.try_get("idle_policy")?,
            idle_after_ms: row.try_get("idle_after_ms")?,
            limits: row::json(row, "limits")?,
            image: row.try_get("image")?,
            generation: row.try_get("generation")?,
            base_snapshot_id: row.try_get("base_snapshot_id")?,
            address: row::optional_parsed(row, "address")?,
            container_id: row.try_get("container_id")?,
            preview_status: row.try_get("preview_status")?,
            preview_http_status: row.try_get("preview_http_status")?,
            preview_checked_at: row.try_get("preview_checked_at")?,
            active_operation_id: row.try_get("active_operation_id")?,
            active_task_id: row.try_get("active_task_id")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            last_active_at: row.try_get("last_active_at")?,
        })
    }
}

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

/// A sandbox, whoever owns it; for workers.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn get(
    conn: &mut SqliteConnection,
    id: SandboxId,
) -> Result<Option<Sandbox>, StoreError> {
    Ok(sqlx::query_as("SELECT * FROM sandboxes WHERE id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?)
}

/// A sandbox of `owner`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn find(
    conn: &mut SqliteConnection,
    owner: &str,
    id: SandboxId,
) -> Result<Option<Sandbox>, StoreError> {
    Ok(sqlx::query_as("SELECT * FROM sandboxes WHERE id = $1 AND owner = $2")
        .bind(id)
        .bind(owner)
        .fetch_optional(conn)
        .await?)
}

/// The sandbox of an app.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn of_app(
    conn: &mut SqliteConnection,
    app: AppId,
) -> Result<Option<Sandbox>, StoreError> {
    Ok(sqlx::query_as("SELECT * FROM sandboxes WHERE app_id = $1")
        .bind(app)
        .fetch_optional(conn)
        .await?)
}

/// The sandbox of a project of `owner`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn of_project(
    conn: &mut SqliteConnection,
    owner: &str,
    project: &Project,
) -> Result<Option<Sandbox>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT * FROM sandboxes WHERE owner = $1 AND project_user_id = $2 AND project_id = $3",
    )
    .bind(owner)
    .bind(&project.user_id)
    .bind(&project.id)
    .fetch_optional(conn)
    .await?)
}

/// A page of `owner`'s sandboxes.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn list(
    conn: &mut SqliteConnection,
    owner: &str,
    page: &Page,
) -> Result<Vec<Sandbox>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT * FROM sandboxes WHERE owner = $1 AND ($2 IS NULL OR id < $2) \
         ORDER BY id DESC LIMIT $3",
    )
    .bind(owner)
    .bind(&page.before)
    .bind(page.limit)
    .fetch_all(conn)
    .await?)
}

/// All sandboxes of a node; for the reconciler.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn on_node(conn: &mut SqliteConnection, node: &str) -> Result<Vec<Sandbox>, StoreError> {
    Ok(sqlx::query_as("SELECT * FROM sandboxes WHERE node = $1 ORDER BY id")
        .bind(node)
        .fetch_all(conn)
        .await?)
}

/// All sandboxes with the names of their apps; for the gateway's table.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn all_with_names(
    conn: &mut SqliteConnection,
) -> Result<Vec<(Sandbox, String)>, StoreError> {
    let rows = sqlx::query(
        "SELECT s.*, a.name AS app_name FROM sandboxes s JOIN apps a ON a.id = s.app_id",
    )
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| Ok((Sandbox::from_row(row)?, row.try_get("app_name")?)))
        .collect::<sqlx::Result<_>>()
        .map_err(StoreError::from)
}

/// Takes the sandbox for an operation and sets what it is doing. False if another operation has
/// it or its status isn't `expected`: nothing is changed then.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn acquire(
    conn: &mut SqliteConnection,
    id: SandboxId,
    operation: OperationId,
    expected: SandboxStatus,
    status: SandboxStatus,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let keeps_address = matches!(
        status,
        SandboxStatus::Running
            | SandboxStatus::Stopping
            | SandboxStatus::Restoring
            | SandboxStatus::Deleting
    );
    let done = sqlx::query(
        "UPDATE sandboxes SET active_operation_id = $2, status = $4, updated_at = $5, \
         address = CASE WHEN $6 THEN address END, container_id = CASE WHEN $6 THEN container_id END \
         WHERE id = $1 AND active_operation_id IS NULL AND status = $3",
    )
    .bind(id)
    .bind(operation)
    .bind(expected)
    .bind(status)
    .bind(now)
    .bind(keeps_address)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Where a container answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address on the sandboxes' network.
    pub address: IpAddr,
    /// The container that has it.
    pub container_id: String,
}

/// Gives the sandbox back: sets its status, its endpoint (none unless it runs) and the reason,
/// and clears the operation if it is `operation`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn release(
    conn: &mut SqliteConnection,
    id: SandboxId,
    operation: OperationId,
    status: SandboxStatus,
    reason: Option<&str>,
    endpoint: Option<&Endpoint>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sandboxes SET status = $3, status_reason = $4, address = $5, container_id = $6, \
         preview_status = CASE WHEN $5 IS NULL THEN 'down' \
             WHEN container_id = $6 THEN preview_status ELSE 'starting' END, \
         preview_http_status = CASE WHEN container_id = $6 THEN preview_http_status END, \
         updated_at = $7, \
         last_active_at = CASE WHEN $5 IS NOT NULL THEN $7 ELSE last_active_at END, \
         active_operation_id = CASE WHEN active_operation_id = $2 THEN NULL ELSE active_operation_id END \
         WHERE id = $1",
    )
    .bind(id)
    .bind(operation)
    .bind(status)
    .bind(reason)
    .bind(endpoint.map(|endpoint| endpoint.address.to_string()))
    .bind(endpoint.map(|endpoint| &endpoint.container_id))
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Clears the operation if it is `operation` and leaves the rest as it is.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn release_unchanged(
    conn: &mut SqliteConnection,
    id: SandboxId,
    operation: OperationId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sandboxes SET active_operation_id = NULL, updated_at = $3 \
         WHERE id = $1 AND active_operation_id = $2",
    )
    .bind(id)
    .bind(operation)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the endpoint away at once, as its container is about to go or has gone: nobody may dial
/// an address that another container can get.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn clear_endpoint(conn: &mut SqliteConnection, id: SandboxId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sandboxes SET address = NULL, container_id = NULL, preview_status = 'down', \
         preview_http_status = NULL WHERE id = $1",
    )
    .bind(id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the endpoint away if it is this container's, which has ended. Whatever operation has the
/// sandbox goes on.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn clear_endpoint_of(
    conn: &mut SqliteConnection,
    id: SandboxId,
    container_id: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE sandboxes SET address = NULL, container_id = NULL, preview_status = 'down', \
         preview_http_status = NULL WHERE id = $1 AND container_id = $2",
    )
    .bind(id)
    .bind(container_id)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks a running sandbox that no operation holds as ended by itself. False if it isn't (any
/// more) in that state with that container.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn mark_ended(
    conn: &mut SqliteConnection,
    id: SandboxId,
    container_id: Option<&str>,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE sandboxes SET status = 'stopped', status_reason = $3, address = NULL, \
         container_id = NULL, preview_status = 'down', preview_http_status = NULL, updated_at = $4 \
         WHERE id = $1 AND status = 'running' AND active_operation_id IS NULL \
         AND ($2 IS NULL OR container_id = $2)",
    )
    .bind(id)
    .bind(container_id)
    .bind(reason)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Corrects the endpoint of a running sandbox that no operation holds. False if nothing changed.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_endpoint(
    conn: &mut SqliteConnection,
    id: SandboxId,
    endpoint: &Endpoint,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let address = endpoint.address.to_string();
    let done = sqlx::query(
        "UPDATE sandboxes SET address = $2, container_id = $3, updated_at = $4 WHERE id = $1 \
         AND status = 'running' AND active_operation_id IS NULL \
         AND (address IS NOT $2 OR container_id IS NOT $3)",
    )
    .bind(id)
    .bind(address)
    .bind(&endpoint.container_id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
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
