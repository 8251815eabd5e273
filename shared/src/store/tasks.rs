//! Tasks.

use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use super::{StoreError, row};
use crate::clock::Timestamp;
use crate::domain::{AgentEnd, FailureReason, PreviewStatus, Task, TaskStatus};
use crate::ids::{SandboxId, SnapshotId, TaskId};

impl FromRow<'_, SqliteRow> for Task {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        let started_at: Option<Timestamp> = row.try_get("started_at")?;
        let finished_at: Option<Timestamp> = row.try_get("finished_at")?;
        Ok(Self {
            id: row.try_get("id")?,
            owner: row.try_get("owner")?,
            sandbox_id: row.try_get("sandbox_id")?,
            app_id: row.try_get("app_id")?,
            operation_id: row.try_get("operation_id")?,
            agent: row.try_get("agent")?,
            model: row.try_get("model")?,
            prompt: row.try_get("prompt")?,
            command: row::optional_json(row, "command")?,
            continue_task_id: row.try_get("continue_task_id")?,
            timeout_ms: row.try_get("timeout_ms")?,
            checkpoint: row.try_get("checkpoint")?,
            status: row.try_get("status")?,
            failure_reason: row.try_get("failure_reason")?,
            error_message: row.try_get("error_message")?,
            files_changed: row::optional_json(row, "files_changed")?,
            agent_message_final: row.try_get("agent_message_final")?,
            build_ok: row.try_get("build_ok")?,
            build_error_message: row.try_get("build_error_message")?,
            preview_status_after: row.try_get("preview_status_after")?,
            checkpoint_before: row.try_get("checkpoint_before")?,
            checkpoint_after: row.try_get("checkpoint_after")?,
            usage: row::optional_json(row, "usage")?,
            duration_ms: started_at.zip(finished_at).map(|(from, to)| to.millis_since(from)),
            created_at: row.try_get("created_at")?,
            started_at,
            finished_at,
            session: row.try_get("session")?,
            handed_over_to: row.try_get("handed_over_to")?,
            begun: row.try_get("begun")?,
            ends_by: row.try_get("ends_by")?,
            ended: row::optional_json(row, "ended")?,
            output_offset: row.try_get("output_offset")?,
            reader: row::optional_json(row, "reader")?,
        })
    }
}

/// Adds a queued task.
///
/// # Errors
/// [`StoreError::Database`], also when the sandbox has an unfinished one.
pub async fn insert(conn: &mut SqliteConnection, task: &Task) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO tasks (id, owner, sandbox_id, app_id, operation_id, agent, model, prompt, \
         command, continue_task_id, timeout_ms, checkpoint, status, session, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'queued', $13, $14)",
    )
    .bind(task.id)
    .bind(&task.owner)
    .bind(task.sandbox_id)
    .bind(task.app_id)
    .bind(task.operation_id)
    .bind(task.agent)
    .bind(&task.model)
    .bind(&task.prompt)
    .bind(task.command.as_ref().map(row::to_json))
    .bind(task.continue_task_id)
    .bind(task.timeout_ms)
    .bind(task.checkpoint)
    .bind(&task.session)
    .bind(task.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A task, whoever owns it; for workers.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn get(conn: &mut SqliteConnection, id: TaskId) -> Result<Option<Task>, StoreError> {
    Ok(sqlx::query_as(select!(tasks, "WHERE id = $1")).bind(id).fetch_optional(conn).await?)
}

/// A task of `owner` in a sandbox, which may be gone.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn find(
    conn: &mut SqliteConnection,
    owner: &str,
    sandbox: SandboxId,
    id: TaskId,
) -> Result<Option<Task>, StoreError> {
    let sql = select!(tasks, "WHERE id = $1 AND sandbox_id = $2 AND owner = $3");
    Ok(sqlx::query_as(sql).bind(id).bind(sandbox).bind(owner).fetch_optional(conn).await?)
}

/// Where a task is; none if it is gone.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn status(
    conn: &mut SqliteConnection,
    id: TaskId,
) -> Result<Option<TaskStatus>, StoreError> {
    let sql = "SELECT status FROM tasks WHERE id = $1";
    Ok(sqlx::query_scalar(sql).bind(id).fetch_optional(conn).await?)
}

/// Notes that a worker has begun it. False if one had before.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_running(
    conn: &mut SqliteConnection,
    id: TaskId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE tasks SET status = 'running', started_at = $2 \
               WHERE id = $1 AND status = 'queued'";
    let done = sqlx::query(sql).bind(id).bind(now).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Which of a task's two checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checkpoint {
    /// Before the agent.
    Before,
    /// After it.
    After,
}

/// Names a checkpoint, or takes back one that failed.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_checkpoint(
    conn: &mut SqliteConnection,
    id: TaskId,
    which: Checkpoint,
    snapshot: Option<SnapshotId>,
) -> Result<(), StoreError> {
    let sql = match which {
        Checkpoint::Before => "UPDATE tasks SET checkpoint_before = $2 WHERE id = $1",
        Checkpoint::After => "UPDATE tasks SET checkpoint_after = $2 WHERE id = $1",
    };
    sqlx::query(sql).bind(id).bind(snapshot).execute(conn).await?;
    Ok(())
}

/// Notes the container that the prompt is about to be handed to, once and for all. False if one is
/// noted already.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn hand_over(
    conn: &mut SqliteConnection,
    id: TaskId,
    container_id: &str,
    ends_by: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE tasks SET handed_over_to = $2, ends_by = $3 \
         WHERE id = $1 AND handed_over_to IS NULL",
    )
    .bind(id)
    .bind(container_id)
    .bind(ends_by)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that the agent has been begun, and when it is to be done. From then on nothing is sent
/// again.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_begun(
    conn: &mut SqliteConnection,
    id: TaskId,
    ends_by: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE tasks SET begun = 1, ends_by = $2 WHERE id = $1")
        .bind(id)
        .bind(ends_by)
        .execute(conn)
        .await?;
    Ok(())
}

/// The newest other tasks of a sandbox that were handed to an agent: what may be left of one that
/// could not be ended.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn handed_over_before(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    id: TaskId,
    limit: i64,
) -> Result<Vec<TaskId>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT id FROM tasks WHERE sandbox_id = $1 AND id <> $2 AND handed_over_to IS NOT NULL \
         ORDER BY id DESC LIMIT $3",
    )
    .bind(sandbox)
    .bind(id)
    .bind(limit)
    .fetch_all(conn)
    .await?)
}

/// What was learnt from more of the agent's output.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Bytes of the supervisor's file that are in rows now.
    pub offset: i64,
    /// What the reader of lines remembers.
    pub reader: Value,
    /// The agent's session, if it told of it.
    pub session: Option<String>,
    /// What the agent said last, if it said something.
    pub final_message: Option<String>,
    /// What it has used, if it told.
    pub usage: Option<Value>,
}

/// Writes down how far the agent's output was read, and what was learnt from it: with the output's
/// rows, in one transaction.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_heard(
    conn: &mut SqliteConnection,
    id: TaskId,
    heard: &Heard,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE tasks SET output_offset = $2, reader = $3, session = coalesce($4, session), \
         agent_message_final = coalesce($5, agent_message_final), usage = coalesce($6, usage) \
         WHERE id = $1",
    )
    .bind(id)
    .bind(heard.offset)
    .bind(row::to_json(&heard.reader))
    .bind(&heard.session)
    .bind(&heard.final_message)
    .bind(heard.usage.as_ref().map(row::to_json))
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes down how the agent ended.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_ended(
    conn: &mut SqliteConnection,
    id: TaskId,
    end: &AgentEnd,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE tasks SET ended = $2 WHERE id = $1")
        .bind(id)
        .bind(row::to_json(end))
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes down what the build check found.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_build(
    conn: &mut SqliteConnection,
    id: TaskId,
    ok: bool,
    error_message: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE tasks SET build_ok = $2, build_error_message = $3 WHERE id = $1")
        .bind(id)
        .bind(ok)
        .bind(error_message)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes down how the preview is.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_preview(
    conn: &mut SqliteConnection,
    id: TaskId,
    status: PreviewStatus,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE tasks SET preview_status_after = $2 WHERE id = $1")
        .bind(id)
        .bind(status)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes down which files the task has changed.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_files_changed(
    conn: &mut SqliteConnection,
    id: TaskId,
    paths: &[String],
) -> Result<(), StoreError> {
    sqlx::query("UPDATE tasks SET files_changed = $2 WHERE id = $1")
        .bind(id)
        .bind(row::to_json(&paths))
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes why a task is going to fail, before it is ended. The first reason stays.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_failure(
    conn: &mut SqliteConnection,
    id: TaskId,
    reason: FailureReason,
    message: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE tasks SET failure_reason = $2, error_message = $3 \
         WHERE id = $1 AND failure_reason IS NULL",
    )
    .bind(id)
    .bind(reason)
    .bind(message)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a task. A failure that was noted before stays as it was noted, unless it is cancelled.
/// False if it has ended already.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn finish(
    conn: &mut SqliteConnection,
    id: TaskId,
    status: TaskStatus,
    failure: Option<(FailureReason, &str)>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE tasks SET status = $2, finished_at = $3, \
         failure_reason = CASE $2 WHEN 'succeeded' THEN NULL WHEN 'cancelled' THEN 'cancelled' \
             ELSE coalesce(failure_reason, $4) END, \
         error_message = CASE $2 WHEN 'succeeded' THEN NULL ELSE coalesce(error_message, $5) END \
         WHERE id = $1 AND status IN ('queued', 'running')",
    )
    .bind(id)
    .bind(status)
    .bind(now)
    .bind(failure.map(|(reason, _)| reason))
    .bind(failure.map(|(_, message)| message))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
