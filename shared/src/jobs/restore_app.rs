//! `app.restore`: the workspace becomes a snapshot's; what it was is kept as a safety snapshot.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::accept::{self, Accepted, Defaults, Refusal, Subject};
use super::quota::{Demand, NEW_SANDBOX};
use super::run_task::{self, RunningTask};
use super::{Found, adopt_app, capture_snapshot, create_sandbox};
use crate::clock::Timestamp;
use crate::domain::{
    App, ErrorBody, EventType, IdlePolicy, Name, NewEvent, Operation, OperationKind, Quota,
    Sandbox, SandboxStatus, Snapshot, SnapshotKind,
};
use crate::ids::{AppId, OperationId, SnapshotId, TaskId};
use crate::store::sandboxes::Endpoint;
use crate::store::{StoreError, events, generations, sandboxes, snapshots};

/// What a job reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The snapshot to restore.
    pub snapshot_id: SnapshotId,
    /// The snapshot to keep what is replaced in.
    pub safety_snapshot_id: Option<SnapshotId>,
    /// Whether the sandbox is to run afterwards.
    pub run: bool,
    /// Whether the sandbox was made by this operation, straight from the snapshot.
    pub created: bool,
    /// The task that is cancelled for it.
    #[serde(default)]
    pub ends_task: Option<TaskId>,
    /// The child that is adopted: the snapshot is its, and is waited for.
    #[serde(default)]
    pub adopts: Option<Adoption>,
}

/// A child of an exploration whose workspace is restored into the source.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Adoption {
    /// The child.
    pub from_app_id: AppId,
    /// Whether the children beside it go.
    pub delete_others: bool,
}

/// Accepts a restore.
///
/// # Errors
/// 409 if the snapshot isn't ready, or another operation or a task has the sandbox or the app.
pub async fn accept(
    conn: &mut SqliteConnection,
    app: &App,
    snapshot: &Snapshot,
    safety: bool,
    running: RunningTask,
    defaults: &Defaults,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    accept::usable(snapshot)?;
    if let Some(deleting) = app.active_operation_id {
        return Err(ErrorBody::in_progress(deleting).into());
    }
    let id = OperationId::generate();
    let (sandbox, input) = match sandboxes::of_app(conn, app.id).await? {
        Some(sandbox) if sandbox.status != SandboxStatus::Error => {
            replace(conn, sandbox, id, snapshot, safety, running, now).await?
        }
        _ => create(conn, app, id, snapshot, defaults, now).await?,
    };
    queue_up(conn, id, &sandbox, &input, now).await
}

/// Accepts the restore of a snapshot that is still being captured.
///
/// # Errors
/// 409 if another operation or a task has the sandbox.
pub(super) async fn accept_adoption(
    conn: &mut SqliteConnection,
    sandbox: Sandbox,
    snapshot: &Snapshot,
    adopts: Adoption,
    running: RunningTask,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let id = OperationId::generate();
    let (sandbox, input) = replace(conn, sandbox, id, snapshot, true, running, now).await?;
    queue_up(conn, id, &sandbox, &Input { adopts: Some(adopts), ..input }, now).await
}

async fn queue_up(
    conn: &mut SqliteConnection,
    id: OperationId,
    sandbox: &Sandbox,
    input: &Input,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let kind = OperationKind::AppRestore;
    let subject = Subject::of(sandbox).snapshot(input.snapshot_id);
    let operation = accept::operation(id, kind, &sandbox.owner, &sandbox.node, subject, input, now);
    accept::enqueue(conn, &operation, demand(input)).await?;
    let event = NewEvent::of(&operation, EventType::RestoreStarted).payload(payload(input));
    events::append(conn, &event, now).await?;
    Ok(Accepted::New(operation))
}

/// One that has a sandbox keeps it; what it replaces is one snapshot more, if that is kept.
fn demand(input: &Input) -> Demand {
    match (input.created, input.safety_snapshot_id) {
        (true, _) => Demand::Takes(1, NEW_SANDBOX),
        (false, Some(_)) => Demand::Takes(1, &[Quota::Snapshots, Quota::DiskBytes]),
        (false, None) => Demand::Takes(0, &[]),
    }
}

async fn replace(
    conn: &mut SqliteConnection,
    sandbox: Sandbox,
    operation: OperationId,
    snapshot: &Snapshot,
    safety: bool,
    running: RunningTask,
    now: Timestamp,
) -> Result<(Sandbox, Input), Refusal> {
    let ends_task = run_task::make_way(conn, &sandbox, running, now).await?;
    if let Some(active) = sandbox.active_operation_id {
        return Err(ErrorBody::in_progress(active).into());
    }
    if !matches!(sandbox.status, SandboxStatus::Running | SandboxStatus::Stopped) {
        return Err(accept::wrong_status(&sandbox, "can't be restored").into());
    }
    accept::take(conn, &sandbox, operation, SandboxStatus::Restoring, now).await?;
    // A prepared workspace is this restore's from here on: none of an earlier one, of whatever snapshot, may
    // be taken for it. Versions before this one left some.
    generations::give_up_prepared(conn, sandbox.id).await?;
    let kept = if safety {
        let name = safety_name(&snapshot.name);
        let row = capture_snapshot::snapshot_row(&sandbox, name, SnapshotKind::Safety, now);
        snapshots::insert(conn, &row).await?;
        Some(row.id)
    } else {
        None
    };
    let input = Input {
        snapshot_id: snapshot.id,
        safety_snapshot_id: kept,
        run: sandbox.status == SandboxStatus::Running,
        created: false,
        ends_task,
        adopts: None,
    };
    Ok((sandbox, input))
}

/// The name of what a restore replaces. Going back and forth doesn't make it longer.
fn safety_name(restored: &str) -> String {
    const PREFIX: &str = "Before restoring ";
    let plain = restored.strip_prefix(PREFIX).unwrap_or(restored);
    format!("{PREFIX}{plain}").chars().take(Name::MAX_CHARS).collect()
}

async fn create(
    conn: &mut SqliteConnection,
    app: &App,
    operation: OperationId,
    snapshot: &Snapshot,
    defaults: &Defaults,
    now: Timestamp,
) -> Result<(Sandbox, Input), Refusal> {
    create_sandbox::make_room(conn, app).await?;
    let spec = create_sandbox::Spec {
        template: snapshot.template,
        ports: snapshot.ports.clone(),
        visibility: snapshot.visibility,
        idle_policy: IdlePolicy::Sleep,
        limits: snapshot.limits,
    };
    let row = create_sandbox::sandbox_row(app, operation, spec, Some(snapshot), defaults, now);
    create_sandbox::insert(conn, &row, Some(snapshot), None, now).await?;
    let input = Input {
        snapshot_id: snapshot.id,
        safety_snapshot_id: None,
        run: true,
        created: true,
        ends_task: None,
        adopts: None,
    };
    Ok((row, input))
}

fn payload(input: &Input) -> Value {
    json!({ "snapshot_id": input.snapshot_id, "safety_snapshot_id": input.safety_snapshot_id })
}

/// Records a restore that is done; `endpoint` is there if the sandbox runs.
///
/// # Errors
/// [`StoreError`]
pub async fn succeed(
    conn: &mut SqliteConnection,
    operation: &Operation,
    sandbox: &Sandbox,
    input: &Input,
    endpoint: Option<&Endpoint>,
    now: Timestamp,
) -> Result<Value, StoreError> {
    let status = if endpoint.is_some() { SandboxStatus::Running } else { SandboxStatus::Stopped };
    sandboxes::release(conn, sandbox.id, operation.id, status, None, endpoint, now).await?;
    let event = NewEvent::of(operation, EventType::Restored).payload(payload(input));
    events::append(conn, &event, now).await?;
    let mut result = json!({
        "app_id": sandbox.app_id,
        "sandbox_id": sandbox.id,
        "snapshot_id": input.snapshot_id,
        "safety_snapshot_id": input.safety_snapshot_id,
    });
    if let Some(adopts) = input.adopts.filter(|adopts| adopts.delete_others) {
        let (owner, chosen) = (&sandbox.owner, adopts.from_app_id);
        let deleted = adopt_app::delete_others(conn, owner, chosen, &sandbox.node, now).await?;
        result["deleted_app_ids"] = json!(deleted);
    }
    Ok(result)
}

/// Gives the sandbox back with its old workspace. A safety snapshot that was taken stays; one
/// that was not goes.
pub(super) async fn fail(
    conn: &mut SqliteConnection,
    operation: &Operation,
    reason: &str,
    found: &Found,
    now: Timestamp,
) -> Result<(), StoreError> {
    let input: Input = accept::input(operation)?;
    let Some(sandbox) = operation.sandbox_id else { return Ok(()) };
    if let Some(safety) = input.safety_snapshot_id
        && snapshots::set_failed(conn, safety).await?
    {
        snapshots::delete(conn, safety).await?;
    }
    if input.created {
        generations::discard_all(conn, sandbox).await?;
        let error = SandboxStatus::Error;
        return sandboxes::release(conn, sandbox, operation.id, error, Some(reason), None, now)
            .await;
    }
    // Where undoing was broken off there is one still.
    generations::give_up_prepared(conn, sandbox).await?;
    found.release(conn, operation, Some(reason), now).await
}
