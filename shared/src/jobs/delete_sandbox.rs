//! `sandbox.delete`: container, mount and workspace go; snapshots stay.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::accept::{self, Accepted, Refusal, Subject};
use super::quota::Demand;
use super::run_task::{self, RunningTask};
use crate::clock::Timestamp;
use crate::domain::{EventType, NewEvent, Operation, OperationKind, Sandbox, SandboxStatus};
use crate::ids::{OperationId, SandboxId, TaskId};
use crate::store::{StoreError, events, generations, sandboxes};

/// What a job reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The task that is cancelled for it.
    #[serde(default)]
    pub ends_task: Option<TaskId>,
}

/// Accepts the deletion of a sandbox. One that is under way is joined.
///
/// # Errors
/// 409 if another operation or a task has the sandbox.
pub async fn accept(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    running: RunningTask,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let kind = OperationKind::SandboxDelete;
    if let Some(same) = accept::in_the_way(conn, sandbox, kind).await? {
        return Ok(Accepted::Same(same));
    }
    let input = Input { ends_task: run_task::make_way(conn, sandbox, running, now).await? };
    let id = OperationId::generate();
    accept::take(conn, sandbox, id, SandboxStatus::Deleting, now).await?;
    let subject = Subject::of(sandbox);
    let operation =
        accept::operation(id, kind, &sandbox.owner, &sandbox.node, subject, &input, now);
    accept::enqueue(conn, &operation, Demand::GivesBack).await?;
    let event = NewEvent::of(&operation, EventType::SandboxStopStarted)
        .payload(json!({ "reason": "api", "deleting": true }));
    events::append(conn, &event, now).await?;
    Ok(Accepted::New(operation))
}

/// Records that a sandbox is gone. Its bytes go when nothing stands on them.
///
/// # Errors
/// [`StoreError`]
pub async fn succeed(
    conn: &mut SqliteConnection,
    operation: &Operation,
    sandbox: SandboxId,
    now: Timestamp,
) -> Result<Value, StoreError> {
    remove_rows(conn, operation, sandbox, now).await?;
    Ok(json!({ "app_id": operation.app_id, "sandbox_id": sandbox }))
}

/// Removes a sandbox's row, discards its generations and says so on the timeline.
pub(super) async fn remove_rows(
    conn: &mut SqliteConnection,
    operation: &Operation,
    sandbox: SandboxId,
    now: Timestamp,
) -> Result<(), StoreError> {
    generations::discard_all(conn, sandbox).await?;
    sandboxes::delete(conn, sandbox).await?;
    let event = NewEvent::of(operation, EventType::SandboxDeleted).sandbox(sandbox);
    events::append(conn, &event, now).await?;
    Ok(())
}
