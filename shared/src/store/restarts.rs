//! Starting again what is always on and has ended by itself.

use sqlx::{AssertSqlSafe, FromRow, SqliteConnection};

use super::StoreError;
use crate::clock::Timestamp;
use crate::domain::Sandbox;
use crate::ids::SandboxId;

/// How often a sandbox was started again of late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Restarts {
    /// Starts since `since`.
    pub attempts: i64,
    /// When they began to be counted.
    pub since: Timestamp,
    /// When the next may be.
    pub not_before: Timestamp,
}

/// Sandboxes that are always on and don't run, although nobody has stopped them: they ended by
/// themselves, or starting them again has failed.
const WANTED: &str = select!(
    sandboxes,
    "s LEFT JOIN restarts r ON r.sandbox_id = s.id \
     WHERE s.node = $1 AND s.status = 'stopped' AND s.idle_policy = 'always_on' \
     AND s.active_operation_id IS NULL AND s.active_task_id IS NULL \
     AND s.id NOT IN (SELECT sandbox_id FROM oversized_workspaces) \
     AND (s.status_reason IN ('crashed', 'oom', 'restored') \
          OR (s.status_reason IS NOT NULL AND r.sandbox_id IS NOT NULL)) "
);

/// Some sandboxes that are always on and don't run, although nobody has stopped them: they ended by
/// themselves, or starting them again has failed. Those that may be tried soonest.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn wanted(
    conn: &mut SqliteConnection,
    node: &str,
    limit: i64,
) -> Result<Vec<Sandbox>, StoreError> {
    let sql = format!("{WANTED} ORDER BY coalesce(r.not_before, 0), s.id LIMIT $2");
    Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(node).bind(limit).fetch_all(conn).await?)
}

/// A sandbox, if it is one of those.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn find_wanted(
    conn: &mut SqliteConnection,
    node: &str,
    sandbox: SandboxId,
) -> Result<Option<Sandbox>, StoreError> {
    let sql = format!("{WANTED} AND s.id = $2");
    Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(node).bind(sandbox).fetch_optional(conn).await?)
}

/// How often a sandbox was started again; none if it wasn't.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn get(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
) -> Result<Option<Restarts>, StoreError> {
    Ok(sqlx::query_as("SELECT attempts, since, not_before FROM restarts WHERE sandbox_id = $1")
        .bind(sandbox)
        .fetch_optional(conn)
        .await?)
}

/// Writes down how often it was.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    restarts: Restarts,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO restarts (sandbox_id, attempts, since, not_before) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (sandbox_id) DO UPDATE SET attempts = excluded.attempts, \
         since = excluded.since, not_before = excluded.not_before",
    )
    .bind(sandbox)
    .bind(restarts.attempts)
    .bind(restarts.since)
    .bind(restarts.not_before)
    .execute(conn)
    .await?;
    Ok(())
}

/// Stops starting a sandbox again, and says why in its row.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn give_up(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM restarts WHERE sandbox_id = $1")
        .bind(sandbox)
        .execute(&mut *conn)
        .await?;
    explain(conn, sandbox, reason, now).await
}

/// Says in a sandbox's row why it isn't started again.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn explain(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sandboxes SET status_reason = $2, updated_at = $3 WHERE id = $1 \
         AND status = 'stopped' AND active_operation_id IS NULL",
    )
    .bind(sandbox)
    .bind(reason)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
