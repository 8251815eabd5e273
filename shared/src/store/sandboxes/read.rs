//! Reading sandboxes.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use super::Project;
use crate::domain::{Sandbox, SandboxStatus};
use crate::ids::{AppId, SandboxId};
use crate::store::{Page, StoreError, row};

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

/// A sandbox, whoever owns it; for workers.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn get(
    conn: &mut SqliteConnection,
    id: SandboxId,
) -> Result<Option<Sandbox>, StoreError> {
    Ok(sqlx::query_as(select!(sandboxes, "WHERE id = $1")).bind(id).fetch_optional(conn).await?)
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
    Ok(sqlx::query_as(select!(sandboxes, "WHERE id = $1 AND owner = $2"))
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
    Ok(sqlx::query_as(select!(sandboxes, "WHERE app_id = $1"))
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
    Ok(sqlx::query_as(select!(
        sandboxes,
        "WHERE owner = $1 AND project_user_id = $2 AND project_id = $3"
    ))
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
    Ok(sqlx::query_as(select!(
        sandboxes,
        "WHERE owner = $1 AND ($2 IS NULL OR id < $2) \
         ORDER BY id DESC LIMIT $3"
    ))
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
    Ok(sqlx::query_as(select!(sandboxes, "WHERE node = $1 ORDER BY id"))
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
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(sandboxes),
        ", (SELECT a.name FROM apps a WHERE a.id = s.app_id) AS app_name FROM sandboxes s"
    ))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| Ok((Sandbox::from_row(row)?, row.try_get("app_name")?)))
        .collect::<sqlx::Result<_>>()
        .map_err(StoreError::from)
}

/// How many sandboxes there are in each status that any is in.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn count_by_status(
    conn: &mut SqliteConnection,
) -> Result<Vec<(SandboxStatus, i64)>, StoreError> {
    Ok(sqlx::query_as("SELECT status, count(*) FROM sandboxes GROUP BY status")
        .fetch_all(conn)
        .await?)
}
