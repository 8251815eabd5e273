//! Apps.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use super::{Page, StoreError, row};
use crate::clock::Timestamp;
use crate::domain::{App, Egress, ForkedFrom};
use crate::ids::{AppId, OperationId, SnapshotId};

const SELECT: &str = concat!(
    "SELECT ",
    columns!(apps),
    ", (SELECT s.id FROM sandboxes s WHERE s.app_id = a.id) AS current_sandbox_id FROM apps a "
);

impl FromRow<'_, SqliteRow> for App {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        let app_id: Option<AppId> = row.try_get("forked_from_app_id")?;
        let snapshot_id: Option<SnapshotId> = row.try_get("forked_from_snapshot_id")?;
        Ok(Self {
            id: row.try_get("id")?,
            owner: row.try_get("owner")?,
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            tags: row::json(row, "tags")?,
            external_user_id: row.try_get("external_user_id")?,
            external_project_id: row.try_get("external_project_id")?,
            egress: row::json(row, "egress")?,
            current_sandbox_id: row.try_get("current_sandbox_id")?,
            forked_from: app_id
                .zip(snapshot_id)
                .map(|(app_id, snapshot_id)| ForkedFrom { app_id, snapshot_id }),
            active_operation_id: row.try_get("active_operation_id")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// Adds an app. Its `current_sandbox_id` and `active_operation_id` are not written.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn insert(conn: &mut SqliteConnection, app: &App) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO apps (id, owner, name, description, tags, external_user_id, \
         external_project_id, forked_from_app_id, forked_from_snapshot_id, created_at, updated_at, \
         egress) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(app.id)
    .bind(&app.owner)
    .bind(&app.name)
    .bind(&app.description)
    .bind(row::to_json(&app.tags))
    .bind(&app.external_user_id)
    .bind(&app.external_project_id)
    .bind(app.forked_from.map(|from| from.app_id))
    .bind(app.forked_from.map(|from| from.snapshot_id))
    .bind(app.created_at)
    .bind(app.updated_at)
    .bind(row::to_json(&app.egress))
    .execute(conn)
    .await?;
    Ok(())
}

/// An app of `owner`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn find(
    conn: &mut SqliteConnection,
    owner: &str,
    id: AppId,
) -> Result<Option<App>, StoreError> {
    let sql = query(SELECT, "WHERE a.id = $1 AND a.owner = $2");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).bind(owner).fetch_optional(conn).await?)
}

/// What a list of apps is filtered by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The caller's own user id.
    pub external_user_id: Option<String>,
    /// A tag that it has.
    pub tag: Option<String>,
    /// A part of its name or description.
    pub q: Option<String>,
}

/// A page of `owner`'s apps.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn list(
    conn: &mut SqliteConnection,
    owner: &str,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<App>, StoreError> {
    let sql = query(
        SELECT,
        "WHERE a.owner = $1 AND ($2 IS NULL OR a.id < $2) \
         AND ($3 IS NULL OR a.external_user_id = $3) \
         AND ($4 IS NULL OR EXISTS (SELECT 1 FROM json_each(a.tags) t WHERE t.value = $4)) \
         AND ($5 IS NULL OR instr(lower(a.name || ' ' || coalesce(a.description, '')), lower($5)) > 0) \
         ORDER BY a.id DESC LIMIT $6",
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(owner)
        .bind(&page.before)
        .bind(&filter.external_user_id)
        .bind(&filter.tag)
        .bind(&filter.q)
        .bind(page.limit)
        .fetch_all(conn)
        .await?)
}

/// New values for an app's own fields; `None` leaves one as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Its name.
    pub name: Option<String>,
    /// Its description; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// Its tags.
    pub tags: Option<Vec<String>>,
    /// What its sandbox may reach.
    pub egress: Option<Egress>,
}

/// Changes an app's own fields.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn update(
    conn: &mut SqliteConnection,
    id: AppId,
    change: &Change,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE apps SET name = coalesce($2, name), \
         description = CASE WHEN $3 THEN $4 ELSE description END, \
         tags = coalesce($5, tags), updated_at = $6, egress = coalesce($7, egress) WHERE id = $1",
    )
    .bind(id)
    .bind(&change.name)
    .bind(change.description.is_some())
    .bind(change.description.clone().flatten())
    .bind(change.tags.as_ref().map(row::to_json))
    .bind(now)
    .bind(change.egress.as_ref().map(row::to_json))
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks an app as being deleted by an operation, or as not.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_active_operation(
    conn: &mut SqliteConnection,
    id: AppId,
    operation: Option<OperationId>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE apps SET active_operation_id = $2 WHERE id = $1")
        .bind(id)
        .bind(operation)
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes an app's row.
///
/// # Errors
/// [`StoreError::Database`], also while it still has a sandbox.
pub async fn delete(conn: &mut SqliteConnection, id: AppId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM apps WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

fn query(select: &'static str, rest: &'static str) -> String {
    format!("{select}{rest}")
}

/// Notes the exploration that has made an app.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_explored_by(
    conn: &mut SqliteConnection,
    id: AppId,
    operation: OperationId,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE apps SET explored_by = $2 WHERE id = $1")
        .bind(id)
        .bind(operation)
        .execute(conn)
        .await?;
    Ok(())
}

/// The other apps that the exploration that made `id` has made, as far as they are there.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn explored_beside(
    conn: &mut SqliteConnection,
    owner: &str,
    id: AppId,
) -> Result<Vec<App>, StoreError> {
    let condition = "WHERE a.owner = $1 AND a.id <> $2 \
         AND a.explored_by = (SELECT explored_by FROM apps WHERE id = $2) ORDER BY a.id";
    let sql = query(SELECT, condition);
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(owner).bind(id).fetch_all(conn).await?)
}
