//! What accepting an operation has in common for all kinds.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::SqliteConnection;

use super::quota::{self, Demand};
use crate::clock::Timestamp;
use crate::domain::{
    ErrorBody, ErrorCode, Limits, Operation, OperationKind, OperationStatus, Sandbox,
    SandboxStatus, Snapshot, SnapshotStatus,
};
use crate::ids::{AppId, OperationId, SandboxId, SnapshotId};
use crate::store::{StoreError, layers, operations, queue, sandboxes};
use crate::{telemetry, traced};

/// Why something isn't accepted.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// For the client.
    #[error(transparent)]
    Client(#[from] ErrorBody),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An accepted operation.
#[derive(Debug, Clone)]
pub enum Accepted {
    /// It was queued now.
    New(Operation),
    /// An equal one is under way.
    Same(Operation),
}

impl Accepted {
    /// The operation.
    #[must_use]
    pub fn operation(&self) -> &Operation {
        match self {
            Self::New(operation) | Self::Same(operation) => operation,
        }
    }
}

/// What an installation gives to a new sandbox that says nothing else.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Defaults {
    /// The node for new sandboxes.
    pub node: String,
    /// The image for new sandboxes.
    pub image: String,
    /// What a new sandbox may use.
    pub limits: Limits,
}

/// What an operation is about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Subject {
    pub(super) app: Option<AppId>,
    pub(super) sandbox: Option<SandboxId>,
    pub(super) snapshot: Option<SnapshotId>,
}

impl Subject {
    pub(super) fn of(sandbox: &Sandbox) -> Self {
        Self { app: Some(sandbox.app_id), sandbox: Some(sandbox.id), snapshot: None }
    }

    pub(super) fn snapshot(mut self, id: SnapshotId) -> Self {
        self.snapshot = Some(id);
        self
    }
}

const fn limits_of(kind: OperationKind) -> (i64, Duration) {
    match kind {
        OperationKind::SandboxStart => (3, Duration::from_mins(5)),
        OperationKind::SandboxStop => (5, Duration::from_mins(5)),
        OperationKind::SandboxDelete | OperationKind::AppDelete => (5, Duration::from_mins(10)),
        OperationKind::SandboxCreate | OperationKind::SnapshotCapture => {
            (3, Duration::from_mins(15))
        }
        OperationKind::AppRestore | OperationKind::AppFork => (3, Duration::from_mins(30)),
        OperationKind::LayerCompact => (3, Duration::from_hours(2)),
        // Its time is the task's; each worker that dies under it is one attempt.
        OperationKind::TaskRun | OperationKind::AppExplore => (20, Duration::from_hours(1)),
    }
}

/// A new operation, not yet queued. Its lock key is the sandbox, or itself where there is none.
pub(super) fn operation(
    id: OperationId,
    kind: OperationKind,
    owner: &str,
    node: &str,
    subject: Subject,
    input: &impl Serialize,
    now: Timestamp,
) -> Operation {
    let (max_attempts, time) = limits_of(kind);
    let accepting = traced!(
        "accept", otel.name = format!("accept {kind}"), otel.kind = "producer", operation.id = %id
    );
    Operation {
        id,
        kind,
        owner: owner.to_owned(),
        node: node.to_owned(),
        lock_key: subject.sandbox.map_or_else(|| id.to_string(), |sandbox| sandbox.to_string()),
        app_id: subject.app,
        sandbox_id: subject.sandbox,
        snapshot_id: subject.snapshot,
        task_id: None,
        input: serde_json::to_value(input)
            .expect("invariant: the input of a job is representable as JSON"),
        status: OperationStatus::Queued,
        attempt: 0,
        max_attempts,
        token: 0,
        not_before: now,
        deadline: now.plus(time),
        cancel_requested: false,
        undo: None,
        worker: None,
        progress: None,
        steps: Vec::new(),
        result: None,
        error: None,
        trace_context: telemetry::current(&accepting),
        created_at: now,
        started_at: None,
        finished_at: None,
    }
}

/// Queues a tenant's operation, if its quotas allow that. To be called when the rows that the
/// operation adds are there.
///
/// # Errors
/// 429 for a quota that is used up.
pub(super) async fn enqueue(
    conn: &mut SqliteConnection,
    operation: &Operation,
    demand: Demand,
) -> Result<(), Refusal> {
    quota::check(conn, operation, demand).await?;
    Ok(queue_up(conn, operation).await?)
}

/// Queues an operation: its row and its poke.
pub(super) async fn queue_up(
    conn: &mut SqliteConnection,
    operation: &Operation,
) -> Result<(), StoreError> {
    let poke =
        queue::push(&mut *conn, &operation.node, operation.kind.queue(), operation.id).await?;
    operations::insert(conn, operation, &poke).await
}

/// The input that an operation was accepted with.
///
/// # Errors
/// [`StoreError::Corrupt`] if it isn't of this shape: the row was written by another version.
pub fn input<T: DeserializeOwned>(operation: &Operation) -> Result<T, StoreError> {
    serde_json::from_value(operation.input.clone()).map_err(|error| {
        StoreError::Corrupt(format!("the input of operation {}: {error}", operation.id))
    })
}

/// What stands in the way of a lifecycle operation of `kind` on a sandbox: nothing, or an equal
/// operation to join.
pub(super) async fn in_the_way(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    kind: OperationKind,
) -> Result<Option<Operation>, Refusal> {
    let Some(active) = sandbox.active_operation_id else { return Ok(None) };
    match operations::get(conn, active).await? {
        Some(operation) if operation.kind == kind && !operation.cancel_requested => {
            Ok(Some(operation))
        }
        _ => Err(ErrorBody::in_progress(active).into()),
    }
}

/// Takes a sandbox for an operation, setting its status.
pub(super) async fn take(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    operation: OperationId,
    status: SandboxStatus,
    now: Timestamp,
) -> Result<(), Refusal> {
    if sandboxes::acquire(conn, sandbox.id, operation, sandbox.status, status, now).await? {
        Ok(())
    } else {
        Err(wrong_status(sandbox, "changed meanwhile; try again").into())
    }
}

/// 409 that names the sandbox's status.
pub(super) fn wrong_status(sandbox: &Sandbox, what: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::Conflict, format!("the sandbox is {} and {what}", sandbox.status))
        .with_details(json!({ "status": sandbox.status, "sandbox_id": sandbox.id }))
}

/// Refuses a snapshot that can't be used.
///
/// # Errors
/// 409 unless it is ready.
pub fn usable(snapshot: &Snapshot) -> Result<(), ErrorBody> {
    if snapshot.status == SnapshotStatus::Ready {
        return Ok(());
    }
    Err(ErrorBody::new(
        ErrorCode::Conflict,
        format!("the snapshot is {}; only a ready one can be used", snapshot.status),
    )
    .with_details(json!({ "status": snapshot.status, "snapshot_id": snapshot.id })))
}

/// The layer that a new generation is to stand on for a snapshot's `layer`: its merged copy, if
/// there is one.
///
/// # Errors
/// [`StoreError::Database`]
pub(super) async fn base_layer(
    conn: &mut SqliteConnection,
    layer: Option<&str>,
) -> Result<Option<String>, StoreError> {
    let Some(layer) = layer else { return Ok(None) };
    let flat = layers::flat_of(conn, layer).await?;
    Ok(Some(flat.map_or_else(|| layer.to_owned(), |flat| flat.id)))
}
