//! `snapshot.capture`: the workspace as it is, kept as a snapshot.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::Found;
use super::accept::{self, Accepted, Refusal, Subject};
use super::quota::Demand;
use crate::clock::Timestamp;
use crate::domain::{
    ErrorBody, ErrorCode, EventType, Name, NewEvent, Operation, OperationKind, Quota, Sandbox,
    SandboxStatus, Snapshot, SnapshotKind, SnapshotStatus,
};
use crate::ids::{OperationId, SnapshotId, TaskId};
use crate::store::{StoreError, events, layers, sandboxes, snapshots};

/// What a job reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The snapshot to fill.
    pub snapshot_id: SnapshotId,
    /// Whether the sandbox runs meanwhile.
    pub live: bool,
}

/// Accepts a capture.
///
/// # Errors
/// 409 if the sandbox runs and `live` isn't set, or if another operation has it.
pub async fn accept(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    name: &Name,
    live: bool,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    if let Some(active) = sandbox.active_operation_id {
        return Err(ErrorBody::in_progress(active).into());
    }
    match sandbox.status {
        SandboxStatus::Stopped => {}
        SandboxStatus::Running if live => {}
        SandboxStatus::Running => {
            let hint = "must be stopped to be captured; stop it, or ask with \"live\": true";
            return Err(accept::wrong_status(sandbox, hint).into());
        }
        _ => return Err(accept::wrong_status(sandbox, "can't be captured").into()),
    }
    let snapshot = snapshot_row(sandbox, name.as_str().to_owned(), SnapshotKind::Manual, now);
    let demand = Demand::Takes(1, &[Quota::Snapshots, Quota::DiskBytes]);
    let operation = begin(conn, sandbox, &snapshot, demand, now).await?;
    Ok(Accepted::New(operation))
}

/// Accepts a capture around a task, or as another part of an operation, which was counted when it
/// was asked for: of the sandbox as it is, running or stopped.
///
/// # Errors
/// 409 if another operation has the sandbox, or it neither runs nor is stopped; 429 for disk.
pub async fn accept_checkpoint(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    task: Option<TaskId>,
    name: &Name,
    now: Timestamp,
) -> Result<Operation, Refusal> {
    if let Some(active) = sandbox.active_operation_id {
        return Err(ErrorBody::in_progress(active).into());
    }
    if !matches!(sandbox.status, SandboxStatus::Stopped | SandboxStatus::Running) {
        return Err(accept::wrong_status(sandbox, "can't be captured").into());
    }
    let mut snapshot =
        snapshot_row(sandbox, name.as_str().to_owned(), SnapshotKind::Checkpoint, now);
    snapshot.task_id = task;
    let demand = Demand::IsPart(1, &[Quota::DiskBytes]);
    begin(conn, sandbox, &snapshot, demand, now).await
}

/// Takes the sandbox, adds the snapshot's row, and queues the operation that fills it.
async fn begin(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    snapshot: &Snapshot,
    demand: Demand,
    now: Timestamp,
) -> Result<Operation, Refusal> {
    let id = OperationId::generate();
    accept::take(conn, sandbox, id, sandbox.status, now).await?;
    snapshots::insert(conn, snapshot).await?;
    // What is stopped now stays so while the operation has it.
    let input = Input { snapshot_id: snapshot.id, live: sandbox.status == SandboxStatus::Running };
    let kind = OperationKind::SnapshotCapture;
    let subject = Subject::of(sandbox).snapshot(snapshot.id);
    let mut operation =
        accept::operation(id, kind, &sandbox.owner, &sandbox.node, subject, &input, now);
    operation.task_id = snapshot.task_id;
    accept::enqueue(conn, &operation, demand).await?;
    let event = NewEvent::of(&operation, EventType::CaptureStarted)
        .payload(json!({ "name": snapshot.name, "kind": snapshot.kind }));
    events::append(conn, &event, now).await?;
    Ok(operation)
}

/// The row of a snapshot of a sandbox that is about to be captured.
pub(super) fn snapshot_row(
    sandbox: &Sandbox,
    name: String,
    kind: SnapshotKind,
    now: Timestamp,
) -> Snapshot {
    Snapshot {
        id: SnapshotId::generate(),
        owner: sandbox.owner.clone(),
        name,
        status: SnapshotStatus::Capturing,
        kind,
        source_sandbox_id: sandbox.id,
        source_app_id: sandbox.app_id,
        parent_snapshot_id: sandbox.base_snapshot_id,
        base_image: sandbox.image.clone(),
        size_bytes: None,
        unique_bytes: None,
        task_id: None,
        created_at: now,
        node: sandbox.node.clone(),
        layer_id: None,
        template: sandbox.template,
        ports: sandbox.ports.clone(),
        visibility: sandbox.visibility,
        limits: sandbox.limits,
    }
}

/// Records that a snapshot stands on `layer` (none for an empty workspace), and that the sandbox
/// stands on the snapshot. Does nothing when that is recorded already. Only here does the layer of
/// a live capture become ready: before, nothing stands on it, and it would count as garbage.
///
/// # Errors
/// [`StoreError::Corrupt`] if the snapshot's row is gone, or the layer is being removed.
pub async fn fill(
    conn: &mut SqliteConnection,
    operation: &Operation,
    snapshot: SnapshotId,
    layer: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !snapshots::set_ready(conn, snapshot, layer).await? {
        return Ok(());
    }
    if let Some(layer) = layer {
        layers::set_ready(conn, layer).await?;
    }
    let row = snapshots::find(conn, &operation.owner, snapshot)
        .await?
        .ok_or_else(|| StoreError::Corrupt(format!("snapshot {snapshot} has no row")))?;
    sandboxes::set_base_snapshot(conn, row.source_sandbox_id, Some(snapshot)).await?;
    let event = NewEvent::of(operation, EventType::Captured).snapshot(snapshot).payload(json!({
        "name": row.name,
        "kind": row.kind,
        "size_bytes": row.size_bytes,
        "unique_bytes": row.unique_bytes,
        "duration_ms": operation.started_at.map(|at| now.millis_since(at)),
    }));
    events::append(conn, &event, now).await?;
    Ok(())
}

/// Records a capture that is done.
///
/// # Errors
/// [`StoreError`]
pub async fn succeed(
    conn: &mut SqliteConnection,
    operation: &Operation,
    sandbox: &Sandbox,
    snapshot: SnapshotId,
    layer: Option<&str>,
    now: Timestamp,
) -> Result<Value, StoreError> {
    fill(conn, operation, snapshot, layer, now).await?;
    sandboxes::release_unchanged(conn, sandbox.id, operation.id, now).await?;
    Ok(json!({
        "app_id": sandbox.app_id, "sandbox_id": sandbox.id, "snapshot_id": snapshot
    }))
}

/// Leaves a failed snapshot, and the sandbox as it is.
pub(super) async fn fail(
    conn: &mut SqliteConnection,
    operation: &Operation,
    found: &Found,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(snapshot) = operation.snapshot_id {
        snapshots::set_failed(conn, snapshot).await?;
    }
    found.release(conn, operation, None, now).await
}

/// What a client is told when a capture is refused for lack of room.
#[must_use]
pub fn disk_full(free_bytes: u64) -> ErrorBody {
    ErrorBody::new(
        ErrorCode::Capacity,
        "the disk is nearly full; delete snapshots or apps, or add room, and try again",
    )
    .with_details(json!({ "free_bytes": free_bytes }))
}
