//! `sandbox.create`: a workspace, and a container that runs over it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::accept::{self, Accepted, Defaults, Refusal, Subject};
use super::quota::{Demand, NEW_SANDBOX};
use crate::clock::Timestamp;
use crate::domain::{
    App, ErrorBody, EventType, GenerationRow, GenerationState, IdlePolicy, Limits, NewEvent,
    Operation, OperationKind, Ports, PreviewStatus, Sandbox, SandboxStatus, Snapshot, Template,
    Visibility,
};
use crate::ids::{OperationId, SandboxId};
use crate::store::sandboxes::{Endpoint, Project};
use crate::store::{StoreError, events, generations, sandboxes};

/// What a job reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The sandbox to make.
    pub sandbox_id: SandboxId,
}

/// What a new sandbox is to be like.
#[derive(Debug, Clone)]
pub struct Spec {
    /// What its workspace is seeded with; none for one made from a snapshot.
    pub template: Option<Template>,
    /// Where previews may go.
    pub ports: Ports,
    /// Who may see previews.
    pub visibility: Visibility,
    /// Whether it is stopped when idle.
    pub idle_policy: IdlePolicy,
    /// What it may use.
    pub limits: Limits,
}

/// Accepts the making of an app's sandbox, empty or from a snapshot.
///
/// # Errors
/// 409 if the app has a live sandbox or is being deleted, or if the snapshot isn't ready.
pub async fn accept(
    conn: &mut SqliteConnection,
    app: &App,
    spec: Spec,
    from: Option<&Snapshot>,
    project: Option<&Project>,
    defaults: &Defaults,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    make_room(conn, app).await?;
    if let Some(snapshot) = from {
        accept::usable(snapshot)?;
    }
    let id = OperationId::generate();
    let row = sandbox_row(app, id, spec, from, defaults, now);
    insert(conn, &row, from, project, now).await?;
    let input = Input { sandbox_id: row.id };
    let kind = OperationKind::SandboxCreate;
    let operation =
        accept::operation(id, kind, &app.owner, &row.node, Subject::of(&row), &input, now);
    accept::enqueue(conn, &operation, Demand::Takes(1, NEW_SANDBOX)).await?;
    events::append(conn, &NewEvent::of(&operation, EventType::SandboxCreateStarted), now).await?;
    Ok(Accepted::New(operation))
}

/// Refuses unless the app has no sandbox, or one in `error`, which is taken away: it never had a
/// workspace.
pub(super) async fn make_room(conn: &mut SqliteConnection, app: &App) -> Result<(), Refusal> {
    if let Some(deleting) = app.active_operation_id {
        return Err(ErrorBody::in_progress(deleting).into());
    }
    let Some(old) = sandboxes::of_app(conn, app.id).await? else { return Ok(()) };
    if old.status != SandboxStatus::Error || old.active_operation_id.is_some() {
        return Err(accept::wrong_status(&old, "an app has one sandbox; delete it first").into());
    }
    generations::discard_all(conn, old.id).await?;
    sandboxes::delete(conn, old.id).await?;
    Ok(())
}

/// The row of a sandbox that `operation` is to make.
pub(super) fn sandbox_row(
    app: &App,
    operation: OperationId,
    spec: Spec,
    from: Option<&Snapshot>,
    defaults: &Defaults,
    now: Timestamp,
) -> Sandbox {
    Sandbox {
        id: SandboxId::generate(),
        owner: app.owner.clone(),
        app_id: app.id,
        node: from.map_or_else(|| defaults.node.clone(), |snapshot| snapshot.node.clone()),
        status: SandboxStatus::Creating,
        status_reason: None,
        template: spec.template,
        ports: spec.ports,
        visibility: spec.visibility,
        idle_policy: spec.idle_policy,
        idle_after_ms: None,
        limits: spec.limits,
        image: from.map_or_else(|| defaults.image.clone(), |snapshot| snapshot.base_image.clone()),
        generation: 1,
        base_snapshot_id: from.map(|snapshot| snapshot.id),
        address: None,
        container_id: None,
        preview_status: PreviewStatus::Down,
        preview_http_status: None,
        preview_checked_at: None,
        active_operation_id: Some(operation),
        active_task_id: None,
        created_at: now,
        updated_at: now,
        last_active_at: now,
    }
}

/// Adds a new sandbox's row and its first generation, which holds the snapshot's layers from now
/// on.
pub(super) async fn insert(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    from: Option<&Snapshot>,
    project: Option<&Project>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sandboxes::insert(conn, sandbox, project).await?;
    let layer = from.and_then(|snapshot| snapshot.layer_id.as_deref());
    let first = GenerationRow {
        sandbox_id: sandbox.id,
        number: 1,
        node: sandbox.node.clone(),
        base_layer_id: accept::base_layer(conn, layer).await?,
        state: GenerationState::Active,
        mounted: false,
        created_at: now,
    };
    generations::insert(conn, &first).await
}

/// Records a sandbox that runs.
///
/// # Errors
/// [`StoreError`]
pub async fn succeed(
    conn: &mut SqliteConnection,
    operation: &Operation,
    sandbox: SandboxId,
    endpoint: &Endpoint,
    now: Timestamp,
) -> Result<Value, StoreError> {
    let running = SandboxStatus::Running;
    sandboxes::release(conn, sandbox, operation.id, running, None, Some(endpoint), now).await?;
    events::append(conn, &NewEvent::of(operation, EventType::SandboxCreated), now).await?;
    Ok(json!({ "app_id": operation.app_id, "sandbox_id": sandbox }))
}

/// Leaves a sandbox in `error`, with nothing of it, so that it can be replaced.
pub(super) async fn fail(
    conn: &mut SqliteConnection,
    operation: &Operation,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(sandbox) = operation.sandbox_id else { return Ok(()) };
    generations::discard_all(conn, sandbox).await?;
    let error = SandboxStatus::Error;
    sandboxes::release(conn, sandbox, operation.id, error, Some(reason), None, now).await
}
