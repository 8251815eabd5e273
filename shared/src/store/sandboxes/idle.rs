//! Which sandboxes run without being used.

use std::time::Duration;

use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::clock::Timestamp;
use crate::domain::Sandbox;
use crate::ids::SandboxId;
use crate::store::StoreError;

/// How late uses are written down: who was used that long ago may be in use.
pub const USES_LATE: Duration = Duration::from_secs(5);

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Of a node, running for nothing until an instant, or until the sandbox's own time has passed.
const IDLE: &str = select!(
    sandboxes,
    "WHERE node = $1 AND status = 'running' \
     AND active_operation_id IS NULL AND active_task_id IS NULL AND idle_policy = 'sleep' \
     AND coalesce(idle_after_ms, $2) > 0 \
     AND last_active_at <= $3 - coalesce(idle_after_ms, $2) "
);

/// Sandboxes that may sleep and have been idle for their time, or for `default` if they have none
/// of their own; the longest idle first. Not those that an operation or a task has.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn idle(
    conn: &mut SqliteConnection,
    node: &str,
    default: Duration,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Sandbox>, StoreError> {
    let sql = format!("{IDLE} ORDER BY last_active_at, id LIMIT $4");
    Ok(sqlx::query_as(AssertSqlSafe(sql))
        .bind(node)
        .bind(millis(default))
        .bind(now.minus(USES_LATE))
        .bind(limit)
        .fetch_all(conn)
        .await?)
}

/// A sandbox, if it is one of those.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn find_idle(
    conn: &mut SqliteConnection,
    node: &str,
    default: Duration,
    now: Timestamp,
    sandbox: SandboxId,
) -> Result<Option<Sandbox>, StoreError> {
    let sql = format!("{IDLE} AND id = $4");
    Ok(sqlx::query_as(AssertSqlSafe(sql))
        .bind(node)
        .bind(millis(default))
        .bind(now.minus(USES_LATE))
        .bind(sandbox)
        .fetch_optional(conn)
        .await?)
}

/// The sandbox that may sleep and has been idle longest, if that is at least `least`. None while
/// another is being stopped.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn longest_idle(
    conn: &mut SqliteConnection,
    node: &str,
    least: Duration,
    now: Timestamp,
) -> Result<Option<Sandbox>, StoreError> {
    Ok(sqlx::query_as(select!(
        sandboxes,
        "WHERE node = $1 AND status = 'running' \
         AND active_operation_id IS NULL AND active_task_id IS NULL AND idle_policy = 'sleep' \
         AND last_active_at <= $2 \
         AND NOT EXISTS (SELECT 1 FROM sandboxes o WHERE o.node = $1 AND o.status = 'stopping') \
         ORDER BY last_active_at, id LIMIT 1"
    ))
    .bind(node)
    .bind(now.minus(USES_LATE).minus(least))
    .fetch_optional(conn)
    .await?)
}
