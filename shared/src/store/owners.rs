//! Giving all that one tenant has to another.

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::StoreError;
use crate::ids::OperationId;

/// Every table whose `owner` is a tenant. (The owner of a lease is a process.)
pub const TABLES: &[&str] = &[
    "apps",
    "sandboxes",
    "snapshots",
    "tasks",
    "operations",
    "events",
    "preview_tokens",
    "webhooks",
    "idempotency_keys",
    "audit_log",
];

/// An operation of a tenant that hasn't ended.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn unfinished(
    conn: &mut SqliteConnection,
    owner: &str,
) -> Result<Option<OperationId>, StoreError> {
    let sql = "SELECT id FROM operations WHERE owner = $1 AND status IN ('queued', 'running') \
               ORDER BY id LIMIT 1";
    Ok(sqlx::query_scalar(sql).bind(owner).fetch_optional(conn).await?)
}

/// A project that both tenants have a sandbox for, as its user and its id.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn shared_project(
    conn: &mut SqliteConnection,
    from: &str,
    to: &str,
) -> Result<Option<(String, String)>, StoreError> {
    let sql = "SELECT a.project_user_id, a.project_id FROM sandboxes a JOIN sandboxes b \
               ON b.project_user_id = a.project_user_id AND b.project_id = a.project_id \
               WHERE a.owner = $1 AND b.owner = $2 LIMIT 1";
    Ok(sqlx::query_as(sql).bind(from).bind(to).fetch_optional(conn).await?)
}

/// Gives all rows of `from` to `to`; says how many of each table. Idempotency keys that `to` has
/// too are forgotten: theirs stand for other requests.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn move_all(
    conn: &mut SqliteConnection,
    from: &str,
    to: &str,
) -> Result<Vec<(&'static str, u64)>, StoreError> {
    sqlx::query(
        "DELETE FROM idempotency_keys WHERE owner = $1 \
         AND key IN (SELECT key FROM idempotency_keys WHERE owner = $2)",
    )
    .bind(from)
    .bind(to)
    .execute(&mut *conn)
    .await?;
    let mut moved = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        let sql = format!("UPDATE {table} SET owner = $2 WHERE owner = $1");
        let done = sqlx::query(AssertSqlSafe(sql)).bind(from).bind(to).execute(&mut *conn).await?;
        moved.push((*table, done.rows_affected()));
    }
    Ok(moved)
}
