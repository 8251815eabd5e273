//! `sandbox.stop`: no container and no mount; what changed is sealed into a layer.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::accept::{self, Accepted, Refusal, Subject};
use super::quota::Demand;
use super::run_task::{self, RunningTask};
use crate::clock::Timestamp;
use crate::domain::{
    EventType, NewEvent, Operation, OperationKind, Sandbox, SandboxStatus, text_enum,
};
use crate::ids::{OperationId, TaskId};
use crate::store::{StoreError, events, sandboxes};

text_enum! {
    /// Why a sandbox is stopped.
    StopReason {
        Api = "api",
        Idle = "idle",
        MemoryPressure = "memory_pressure",
        DiskLimit = "disk_limit",
        Restore = "restore",
        Crashed = "crashed",
        Oom = "oom",
    }
}

/// What a job reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// Why it is stopped.
    pub reason: StopReason,
    /// The task that is cancelled for it.
    #[serde(default)]
    pub ends_task: Option<TaskId>,
}

/// Accepts a stop. One that is under way is joined.
///
/// # Errors
/// 409 if another operation or a task has the sandbox, or it was never made.
pub async fn accept(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    reason: StopReason,
    running: RunningTask,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let kind = OperationKind::SandboxStop;
    if let Some(same) = accept::in_the_way(conn, sandbox, kind).await? {
        return Ok(Accepted::Same(same));
    }
    let status = match sandbox.status {
        SandboxStatus::Running => SandboxStatus::Stopping,
        SandboxStatus::Stopped => SandboxStatus::Stopped,
        _ => return Err(accept::wrong_status(sandbox, "can't be stopped").into()),
    };
    let ends_task = run_task::make_way(conn, sandbox, running, now).await?;
    let id = OperationId::generate();
    accept::take(conn, sandbox, id, status, now).await?;
    let input = Input { reason, ends_task };
    let subject = Subject::of(sandbox);
    let operation =
        accept::operation(id, kind, &sandbox.owner, &sandbox.node, subject, &input, now);
    accept::enqueue(conn, &operation, Demand::GivesBack).await?;
    let event = NewEvent::of(&operation, EventType::SandboxStopStarted)
        .payload(json!({ "reason": reason }));
    events::append(conn, &event, now).await?;
    Ok(Accepted::New(operation))
}

/// Records a sandbox without a container.
///
/// # Errors
/// [`StoreError`]
pub async fn succeed(
    conn: &mut SqliteConnection,
    operation: &Operation,
    sandbox: &Sandbox,
    reason: StopReason,
    now: Timestamp,
) -> Result<Value, StoreError> {
    let stopped = SandboxStatus::Stopped;
    let why = (reason != StopReason::Api).then_some(reason.as_str());
    sandboxes::release(conn, sandbox.id, operation.id, stopped, why, None, now).await?;
    let event =
        NewEvent::of(operation, EventType::SandboxStopped).payload(json!({ "reason": reason }));
    events::append(conn, &event, now).await?;
    Ok(json!({ "app_id": sandbox.app_id, "sandbox_id": sandbox.id }))
}
