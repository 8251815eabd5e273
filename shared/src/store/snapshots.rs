//! Snapshots.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use super::{Page, StoreError, layers, row};
use crate::domain::{Snapshot, SnapshotKind, SnapshotStatus};
use crate::ids::{AppId, SnapshotId};

impl FromRow<'_, SqliteRow> for Snapshot {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            owner: row.try_get("owner")?,
            name: row.try_get("name")?,
            status: row.try_get("status")?,
            kind: row.try_get("kind")?,
            source_sandbox_id: row.try_get("source_sandbox_id")?,
            source_app_id: row.try_get("source_app_id")?,
            parent_snapshot_id: row.try_get("parent_snapshot_id")?,
            base_image: row.try_get("base_image")?,
            size_bytes: None,
            unique_bytes: None,
            task_id: row.try_get("task_id")?,
            created_at: row.try_get("created_at")?,
            node: row.try_get("node")?,
            layer_id: row.try_get("layer_id")?,
            template: row.try_get("template")?,
            ports: row::json(row, "ports")?,
            visibility: row.try_get("visibility")?,
            limits: row::json(row, "limits")?,
        })
    }
}

/// Adds a snapshot.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn insert(conn: &mut SqliteConnection, snapshot: &Snapshot) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO snapshots (id, owner, name, status, kind, source_sandbox_id, source_app_id, \
         parent_snapshot_id, node, layer_id, base_image, template, ports, visibility, limits, \
         task_id, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(snapshot.id)
    .bind(&snapshot.owner)
    .bind(&snapshot.name)
    .bind(snapshot.status)
    .bind(snapshot.kind)
    .bind(snapshot.source_sandbox_id)
    .bind(snapshot.source_app_id)
    .bind(snapshot.parent_snapshot_id)
    .bind(&snapshot.node)
    .bind(&snapshot.layer_id)
    .bind(&snapshot.base_image)
    .bind(snapshot.template)
    .bind(row::to_json(&snapshot.ports))
    .bind(snapshot.visibility)
    .bind(row::to_json(&snapshot.limits))
    .bind(snapshot.task_id)
    .bind(snapshot.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

async fn with_sizes(
    conn: &mut SqliteConnection,
    mut snapshot: Snapshot,
) -> Result<Snapshot, StoreError> {
    if snapshot.status == SnapshotStatus::Ready {
        (snapshot.size_bytes, snapshot.unique_bytes) = match &snapshot.layer_id {
            Some(layer) => layers::sizes(conn, layer).await?,
            None => (Some(0), Some(0)),
        };
    }
    Ok(snapshot)
}

/// A snapshot, whoever owns it; for workers.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn get(
    conn: &mut SqliteConnection,
    id: SnapshotId,
) -> Result<Option<Snapshot>, StoreError> {
    Ok(sqlx::query_as(select!(snapshots, "WHERE id = $1")).bind(id).fetch_optional(conn).await?)
}

/// A snapshot of `owner`, with its sizes.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn find(
    conn: &mut SqliteConnection,
    owner: &str,
    id: SnapshotId,
) -> Result<Option<Snapshot>, StoreError> {
    let found: Option<Snapshot> =
        sqlx::query_as(select!(snapshots, "WHERE id = $1 AND owner = $2"))
            .bind(id)
            .bind(owner)
            .fetch_optional(&mut *conn)
            .await?;
    match found {
        Some(snapshot) => Ok(Some(with_sizes(conn, snapshot).await?)),
        None => Ok(None),
    }
}

/// What a list of snapshots is filtered by.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Of one app.
    pub app_id: Option<AppId>,
    /// Of one kind.
    pub kind: Option<SnapshotKind>,
}

/// A page of `owner`'s snapshots, with their sizes.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn list(
    conn: &mut SqliteConnection,
    owner: &str,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Snapshot>, StoreError> {
    let found: Vec<Snapshot> = sqlx::query_as(select!(
        snapshots,
        "WHERE owner = $1 AND ($2 IS NULL OR source_app_id = $2) \
         AND ($3 IS NULL OR kind = $3) AND ($4 IS NULL OR id < $4) ORDER BY id DESC LIMIT $5"
    ))
    .bind(owner)
    .bind(filter.app_id)
    .bind(filter.kind)
    .bind(&page.before)
    .bind(page.limit)
    .fetch_all(&mut *conn)
    .await?;
    let mut snapshots = Vec::with_capacity(found.len());
    for snapshot in found {
        snapshots.push(with_sizes(conn, snapshot).await?);
    }
    Ok(snapshots)
}

/// The ids of all snapshots of an app; for deleting them with it.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn ids_of_app(
    conn: &mut SqliteConnection,
    owner: &str,
    app: AppId,
) -> Result<Vec<SnapshotId>, StoreError> {
    Ok(sqlx::query_scalar("SELECT id FROM snapshots WHERE owner = $1 AND source_app_id = $2")
        .bind(owner)
        .bind(app)
        .fetch_all(conn)
        .await?)
}

/// Ends a capture: the snapshot stands on `layer` (none for an empty workspace). False if it
/// wasn't being captured.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_ready(
    conn: &mut SqliteConnection,
    id: SnapshotId,
    layer: Option<&str>,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE snapshots SET status = 'ready', layer_id = $2 \
         WHERE id = $1 AND status = 'capturing'",
    )
    .bind(id)
    .bind(layer)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a capture that failed. False if it wasn't being captured.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_failed(conn: &mut SqliteConnection, id: SnapshotId) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE snapshots SET status = 'failed' WHERE id = $1 AND status = 'capturing'",
    )
    .bind(id)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a snapshot another name. A checkpoint that has one is kept like any other snapshot.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn rename(
    conn: &mut SqliteConnection,
    id: SnapshotId,
    name: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE snapshots SET name = $2, kept = 1 WHERE id = $1")
        .bind(id)
        .bind(name)
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes a snapshot's row; its children move up to its parent. Its layers go once nothing
/// stands on them.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn delete(conn: &mut SqliteConnection, id: SnapshotId) -> Result<(), StoreError> {
    let parent = "(SELECT parent_snapshot_id FROM snapshots WHERE id = $1)";
    for (table, column) in [("snapshots", "parent_snapshot_id"), ("sandboxes", "base_snapshot_id")]
    {
        let sql = format!("UPDATE {table} SET {column} = {parent} WHERE {column} = $1");
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).execute(&mut *conn).await?;
    }
    sqlx::query("DELETE FROM snapshots WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}
