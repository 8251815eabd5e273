//! A database that was brought back from a backup, made to say what is true of it: no container of
//! it runs, no process of it lives, and of workspaces there are the sealed layers.

use sqlx::SqliteConnection;

use super::{StoreError, events, queue, sandboxes};
use crate::clock::Timestamp;
use crate::domain::{EventType, NewEvent, Sandbox};
use crate::ids::SandboxId;
use serde_json::json;

/// What the numbers of generations jump by. The engine may still have volumes of those that came
/// after the backup, and a volume's name is never used again.
const GENERATIONS_APART: i64 = 1_000;
/// Why a sandbox doesn't run.
const REASON: &str = "restored";

/// What was found and changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// Sandboxes that ran when the backup was taken, and are stopped now.
    pub stopped: usize,
    /// Operations that were under way then; workers take them up again.
    pub unfinished: i64,
}

/// Makes the rows true. Done twice it only makes numbers jump again.
///
/// # Errors
/// [`StoreError`]
pub async fn settle(conn: &mut SqliteConnection, now: Timestamp) -> Result<Settled, StoreError> {
    workspaces(conn).await?;
    let stopped = stop(conn, now).await?;
    forget_processes(conn).await?;
    let sql = "SELECT count(*) FROM operations WHERE status IN ('queued', 'running')";
    let unfinished = sqlx::query_scalar(sql).fetch_one(conn).await?;
    Ok(Settled { stopped, unfinished })
}

/// Every workspace stands on what was sealed of it last, and nothing is on top of that.
async fn workspaces(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    // Bytes whose sealing was under way are not in the backup.
    sqlx::query("DELETE FROM layers WHERE state = 'sealing'").execute(&mut *conn).await?;
    // A live capture seals what a generation held then, and leaves it on its old base. Strictly
    // later: the snapshot that a restore keeps is of the generation before.
    const NEWEST: &str = "FROM snapshots s WHERE s.source_sandbox_id = generations.sandbox_id \
         AND s.status = 'ready' AND s.created_at > generations.created_at \
         ORDER BY s.created_at DESC, s.id DESC LIMIT 1";
    let sql = format!(
        "UPDATE generations SET base_layer_id = (SELECT s.layer_id {NEWEST}) \
         WHERE state = 'active' AND mounted = 1 AND EXISTS (SELECT 1 {NEWEST})"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *conn).await?;
    sqlx::query("DELETE FROM generations WHERE state = 'discarded'").execute(&mut *conn).await?;
    sqlx::query("UPDATE generations SET number = number + $1, mounted = 0")
        .bind(GENERATIONS_APART)
        .execute(&mut *conn)
        .await?;
    sqlx::query("UPDATE sandboxes SET generation = generation + $1")
        .bind(GENERATIONS_APART)
        .execute(conn)
        .await?;
    Ok(())
}

/// Stops what ran. What an operation has is left to that.
async fn stop(conn: &mut SqliteConnection, now: Timestamp) -> Result<usize, StoreError> {
    sqlx::query(
        "UPDATE sandboxes SET address = NULL, container_id = NULL, preview_status = 'down', \
         preview_http_status = NULL",
    )
    .execute(&mut *conn)
    .await?;
    let ids: Vec<SandboxId> = sqlx::query_scalar(
        "SELECT id FROM sandboxes WHERE status = 'running' AND active_operation_id IS NULL",
    )
    .fetch_all(&mut *conn)
    .await?;
    for id in &ids {
        let Some(row): Option<Sandbox> = sandboxes::get(conn, *id).await? else { continue };
        sandboxes::mark_ended(conn, *id, None, REASON, now).await?;
        let event =
            NewEvent::about(&row, EventType::SandboxStopped).payload(json!({ "reason": REASON }));
        events::append(conn, &event, now).await?;
    }
    Ok(ids.len())
}

/// No worker of then lives: what it had is taken from it at the first look.
async fn forget_processes(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("UPDATE operations SET lease_until = 0 WHERE status = 'running'")
        .execute(&mut *conn)
        .await?;
    for table in ["leases", "worker_processes", "memory_promises"] {
        let sql = format!("DELETE FROM {table}");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *conn).await?;
    }
    queue::clear(conn).await
}
