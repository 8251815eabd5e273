//! `sandbox.start`: a container over the existing workspace. Also heals a sandbox whose container
//! is gone or stale.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::accept::{self, Accepted, Refusal, Subject};
use super::quota::Demand;
use crate::clock::Timestamp;
use crate::domain::{
    EventType, NewEvent, Operation, OperationKind, Quota, Sandbox, SandboxStatus, text_enum,
};
use crate::ids::OperationId;
use crate::store::sandboxes::Endpoint;
use crate::store::{StoreError, events, sandboxes};

text_enum! {
    /// Why a sandbox is started.
    StartReason {
        Api = "api",
        Wake = "wake",
        Task = "task",
        Restore = "restore",
        /// It ended by itself and is always on.
        AlwaysOn = "always_on",
    }
}

/// What a job reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// Why it is started.
    pub reason: StartReason,
}

/// Accepts a start. One that is under way is joined.
///
/// # Errors
/// 409 if another operation has the sandbox or it was never made.
pub async fn accept(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    reason: StartReason,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let kind = OperationKind::SandboxStart;
    if let Some(same) = accept::in_the_way(conn, sandbox, kind).await? {
        return Ok(Accepted::Same(same));
    }
    let (status, demand) = match sandbox.status {
        SandboxStatus::Stopped if reason == StartReason::Task => {
            (SandboxStatus::Starting, Demand::IsPart(1, &[Quota::Running]))
        }
        SandboxStatus::Stopped => (SandboxStatus::Starting, Demand::Takes(1, &[Quota::Running])),
        // Its container is looked at, and made again if it isn't what the row says.
        SandboxStatus::Running => (SandboxStatus::Running, Demand::Takes(0, &[])),
        _ => return Err(accept::wrong_status(sandbox, "can't be started").into()),
    };
    let id = OperationId::generate();
    accept::take(conn, sandbox, id, status, now).await?;
    let subject = Subject::of(sandbox);
    let input = Input { reason };
    let mut operation =
        accept::operation(id, kind, &sandbox.owner, &sandbox.node, subject, &input, now);
    if reason == StartReason::Task {
        operation.task_id = sandbox.active_task_id;
    }
    accept::enqueue(conn, &operation, demand).await?;
    let event = NewEvent::of(&operation, EventType::SandboxStartStarted)
        .payload(json!({ "reason": reason }));
    events::append(conn, &event, now).await?;
    Ok(Accepted::New(operation))
}

/// Records a sandbox that runs.
///
/// # Errors
/// [`StoreError`]
pub async fn succeed(
    conn: &mut SqliteConnection,
    operation: &Operation,
    sandbox: &Sandbox,
    reason: StartReason,
    endpoint: &Endpoint,
    now: Timestamp,
) -> Result<Value, StoreError> {
    let running = SandboxStatus::Running;
    sandboxes::release(conn, sandbox.id, operation.id, running, None, Some(endpoint), now).await?;
    let event =
        NewEvent::of(operation, EventType::SandboxStarted).payload(json!({ "reason": reason }));
    events::append(conn, &event, now).await?;
    let crashed = matches!(sandbox.status_reason.as_deref(), Some("crashed" | "oom"));
    // The row may say by now why this took a while.
    if crashed || reason == StartReason::AlwaysOn {
        let ended = events::newest_of(conn, sandbox.id, EventType::SandboxCrashed).await?;
        let event = NewEvent::of(operation, EventType::SandboxRecovered)
            .payload(ended.map_or_else(|| json!({}), |ended| ended.payload));
        events::append(conn, &event, now).await?;
    }
    Ok(json!({ "app_id": sandbox.app_id, "sandbox_id": sandbox.id }))
}
