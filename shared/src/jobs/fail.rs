//! How an operation that can't succeed leaves the rows, whatever its kind.

use serde_json::json;
use sqlx::SqliteConnection;

use super::{
    Refusal, capture_snapshot, create_sandbox, delete_app, fork_app, restore_app, run_task,
};
use crate::clock::Timestamp;
use crate::domain::{
    ErrorBody, ErrorCode, EventType, NewEvent, Operation, OperationKind, OperationStatus, Sandbox,
    SandboxStatus, Undo,
};
use crate::store::{StoreError, claim, events, generations, operations, sandboxes};

/// In what state undoing has left the operation's sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is as its row says, or nobody could look: the reconciler corrects the row then.
    AsRecorded,
    /// Its container runs.
    Running(sandboxes::Endpoint),
    /// It has no running container.
    Stopped,
}

impl Found {
    /// Gives the operation's sandbox back in this state, with the reason.
    pub(super) async fn release(
        &self,
        conn: &mut SqliteConnection,
        operation: &Operation,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(sandbox) = operation.sandbox_id else { return Ok(()) };
        let Some(row) = sandboxes::get(conn, sandbox).await? else { return Ok(()) };
        let endpoint = match self {
            Self::Running(endpoint) => Some(endpoint.clone()),
            Self::Stopped => None,
            Self::AsRecorded => row
                .address
                .zip(row.container_id.clone())
                .map(|(address, container_id)| sandboxes::Endpoint { address, container_id }),
        };
        let (status, reason) = if endpoint.is_some() {
            (SandboxStatus::Running, None)
        } else if generations::active(conn, sandbox).await?.is_none() {
            (SandboxStatus::Error, reason.or(row.status_reason.as_deref()))
        } else if row.status == SandboxStatus::Running {
            tell_of_its_end(conn, &row, now).await?;
            (SandboxStatus::Stopped, reason.or(Some("crashed")))
        } else {
            (SandboxStatus::Stopped, reason)
        };
        sandboxes::release(conn, sandbox, operation.id, status, reason, endpoint.as_ref(), now)
            .await
    }
}

/// A sandbox that was to run all along, and doesn't: it ended while the operation had it.
async fn tell_of_its_end(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    now: Timestamp,
) -> Result<(), StoreError> {
    let crashed = NewEvent::about(sandbox, EventType::SandboxCrashed)
        .payload(json!({ "exit_code": null, "oom": false }));
    events::append(conn, &crashed, now).await?;
    let stopped =
        NewEvent::about(sandbox, EventType::SandboxStopped).payload(json!({ "reason": "crashed" }));
    events::append(conn, &stopped, now).await?;
    Ok(())
}

/// Writes what an operation's failure or cancellation means for what it was about. The caller
/// has ended the operation in the same transaction.
///
/// # Errors
/// [`StoreError`]
pub async fn fail(
    conn: &mut SqliteConnection,
    operation: &Operation,
    undo: &Undo,
    found: &Found,
    now: Timestamp,
) -> Result<(), StoreError> {
    let reason = undo.error.as_ref().map_or("cancelled", |error| error.message.as_str());
    let failed_event = match operation.kind {
        OperationKind::SandboxCreate => {
            create_sandbox::fail(conn, operation, reason, now).await?;
            Some(EventType::SandboxCreateFailed)
        }
        OperationKind::SandboxStart => {
            found.release(conn, operation, Some(reason), now).await?;
            Some(EventType::SandboxStartFailed)
        }
        OperationKind::SandboxStop | OperationKind::SandboxDelete => {
            found.release(conn, operation, Some(reason), now).await?;
            Some(EventType::SandboxStopFailed)
        }
        OperationKind::AppDelete => {
            delete_app::fail(conn, operation, reason, found, now).await?;
            Some(EventType::SandboxStopFailed)
        }
        OperationKind::SnapshotCapture => {
            capture_snapshot::fail(conn, operation, found, now).await?;
            Some(EventType::CaptureFailed)
        }
        OperationKind::AppRestore => {
            restore_app::fail(conn, operation, reason, found, now).await?;
            Some(EventType::RestoreFailed)
        }
        OperationKind::AppFork => {
            fork_app::fail(conn, operation).await?;
            Some(EventType::ForkFailed)
        }
        OperationKind::TaskRun => {
            run_task::fail(conn, operation, undo, now).await?;
            None
        }
        // Its handler has had the children deleted.
        OperationKind::AppExplore => Some(EventType::ExploreFailed),
        // No tenant's.
        OperationKind::LayerCompact => None,
    };
    let event = if undo.status == OperationStatus::Cancelled {
        // One that turned out not to be wanted says so in its error.
        let reason = if undo.error.is_some() { "activity" } else { "api" };
        NewEvent::of(operation, EventType::OperationCancelled).payload(
            json!({ "kind": operation.kind, "attempt": operation.attempt, "reason": reason }),
        )
    } else {
        let Some(kind) = failed_event else { return Ok(()) };
        let code = undo.error.as_ref().map(|error| error.code);
        NewEvent::of(operation, kind).payload(json!({ "reason": reason, "code": code }))
    };
    events::append(conn, &event, now).await?;
    Ok(())
}

/// Cancels an operation: at once where no worker has touched it, else by asking the worker.
///
/// # Errors
/// A 409 when it has ended, or [`StoreError`].
pub async fn cancel(
    conn: &mut SqliteConnection,
    operation: &Operation,
    now: Timestamp,
) -> Result<(), Refusal> {
    if claim::cancel_untouched(conn, operation.id, now).await? {
        let undo = Undo { status: OperationStatus::Cancelled, error: None };
        fail(conn, operation, &undo, &Found::AsRecorded, now).await?;
        return Ok(());
    }
    if !operations::request_cancel(conn, operation.id, now).await? {
        return Err(ErrorBody::new(ErrorCode::Conflict, "the operation has ended already")
            .with_details(json!({ "status": operation.status }))
            .into());
    }
    if operation.status == OperationStatus::Queued {
        claim::poke(conn, operation).await?;
    }
    Ok(())
}
