//! An operation, with what it made.

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{
    App, ErrorBody, Operation, OperationKind, OperationStatus, Progress, Snapshot, Step, Task,
};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId, SnapshotId, TaskId};
use sandboxd_shared::jobs::delete_app;
use sandboxd_shared::store::{Connection, StoreError, apps, sandboxes, snapshots, task_history};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::sandbox;
use super::sandbox::SandboxView;
use crate::server::Api;

/// An operation, as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Operation, examples(json!({
    "id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "kind": "sandbox.create", "status": "running",
    "progress": {
        "step": "start_container", "done": 2, "total": 3, "message": "Starting the container"
    },
    "steps": [{
        "name": "create_workspace", "status": "succeeded",
        "started_at": "2026-01-31T12:00:00.004Z", "duration_ms": 9
    }],
    "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W8", "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
    "snapshot_id": null, "task_id": null, "attempt": 1, "max_attempts": 3,
    "worker": "worker-1", "cancel_requested": false, "result": null, "error": null,
    "created_at": "2026-01-31T12:00:00.000Z", "started_at": "2026-01-31T12:00:00.004Z",
    "finished_at": null, "queue_ms": 4
})))]
pub(crate) struct OperationView {
    id: OperationId,
    kind: OperationKind,
    status: OperationStatus,
    /// What it is doing now.
    #[schema(required)]
    progress: Option<Progress>,
    /// What it has done.
    steps: Vec<Step>,
    #[schema(required)]
    app_id: Option<AppId>,
    #[schema(required)]
    sandbox_id: Option<SandboxId>,
    #[schema(required)]
    snapshot_id: Option<SnapshotId>,
    #[schema(required)]
    task_id: Option<TaskId>,
    /// Of the deletion of an app: whether its snapshots go too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    delete_snapshots: Option<bool>,
    /// Attempts begun.
    attempt: i64,
    /// Attempts allowed.
    max_attempts: i64,
    /// The worker that has or had it last.
    #[schema(required)]
    worker: Option<String>,
    /// Whether somebody wants it to end.
    cancel_requested: bool,
    /// What it made, as that is now; null until it has succeeded. An exploration shows its children
    /// from the start.
    #[schema(required)]
    pub(super) result: Option<ResultView>,
    /// Why it failed.
    #[schema(required)]
    error: Option<ErrorBody>,
    created_at: Timestamp,
    #[schema(required)]
    started_at: Option<Timestamp>,
    #[schema(required)]
    finished_at: Option<Timestamp>,
    /// Milliseconds that it waited for a worker.
    #[schema(required)]
    queue_ms: Option<i64>,
}

/// What an operation made or was about, as far as it still exists.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = OperationResult)]
pub(crate) struct ResultView {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    app: Option<App>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sandbox: Option<SandboxView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    snapshot: Option<Snapshot>,
    /// The snapshot that a restore kept of what it replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    safety_snapshot_id: Option<SnapshotId>,
    /// What an adoption has had deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    deleted_app_ids: Option<Vec<AppId>>,
    /// What a fork or an exploration made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    children: Option<Vec<ChildView>>,
    /// What a task came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    task: Option<Task>,
}

impl OperationView {
    /// How much text it has that may be long, in bytes.
    pub(crate) fn text_bytes(&self) -> usize {
        let Some(result) = &self.result else { return 0 };
        let children = result.children.iter().flatten().filter_map(|child| child.task.as_ref());
        result.task.iter().chain(children).map(Task::text_bytes).sum()
    }
}

/// A new app and its sandbox.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ForkedChild)]
struct ChildView {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    app: Option<App>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sandbox: Option<SandboxView>,
    /// What was done in it, for the child of an exploration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    task: Option<Task>,
}

/// Shows an operation. What it made is shown as it is now, where it still exists.
pub(crate) async fn operation(
    conn: &mut Connection,
    api: &Api,
    row: &Operation,
) -> Result<OperationView, StoreError> {
    let result = match &row.result {
        Some(result) => Some(expand(conn, api, &row.owner, result).await?),
        // Its ids are given when it is accepted, so its children can be looked at while they work.
        None if row.kind == OperationKind::AppExplore => {
            let children = json!({ "children": row.input["children"] });
            Some(expand(conn, api, &row.owner, &children).await?)
        }
        None => None,
    };
    Ok(OperationView {
        id: row.id,
        kind: row.kind,
        status: row.status,
        progress: row.progress.clone(),
        steps: row.steps.clone(),
        app_id: row.app_id,
        sandbox_id: row.sandbox_id,
        snapshot_id: row.snapshot_id,
        task_id: row.task_id,
        delete_snapshots: delete_snapshots(row)?,
        attempt: row.attempt,
        max_attempts: row.max_attempts,
        worker: row.worker.clone(),
        cancel_requested: row.cancel_requested,
        result,
        error: row.error.clone(),
        created_at: row.created_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
        queue_ms: row.started_at.map(|at| at.millis_since(row.created_at)),
    })
}

fn delete_snapshots(row: &Operation) -> Result<Option<bool>, StoreError> {
    if row.kind != OperationKind::AppDelete {
        return Ok(None);
    }
    let input = delete_app::Input::deserialize(&row.input)
        .map_err(|error| StoreError::Corrupt(format!("the input of an operation: {error}")))?;
    Ok(Some(input.delete_snapshots))
}

/// The ids that an operation of any kind may leave.
#[derive(Debug, Default, Deserialize)]
struct Ids {
    app_id: Option<AppId>,
    sandbox_id: Option<SandboxId>,
    snapshot_id: Option<SnapshotId>,
    safety_snapshot_id: Option<SnapshotId>,
    children: Option<Vec<ChildIds>>,
    deleted_app_ids: Option<Vec<AppId>>,
    task_id: Option<TaskId>,
}

#[derive(Debug, Deserialize)]
struct ChildIds {
    app_id: AppId,
    sandbox_id: SandboxId,
    task_id: Option<TaskId>,
}

async fn expand(
    conn: &mut Connection,
    api: &Api,
    owner: &str,
    result: &Value,
) -> Result<ResultView, StoreError> {
    let ids = Ids::deserialize(result)
        .map_err(|error| StoreError::Corrupt(format!("the result of an operation: {error}")))?;
    let ChildView { app, sandbox, .. } = pair(conn, api, owner, ids.app_id, ids.sandbox_id).await?;
    let mut shown = ResultView { app, sandbox, ..ResultView::default() };
    if let Some(id) = ids.snapshot_id {
        shown.snapshot = snapshots::find(conn, owner, id).await?;
    }
    if let Some(id) = ids.task_id {
        shown.task = task_history::find(conn, owner, id).await?;
    }
    shown.safety_snapshot_id = ids.safety_snapshot_id;
    shown.deleted_app_ids = ids.deleted_app_ids;
    if let Some(children) = ids.children {
        let mut made = Vec::with_capacity(children.len());
        for child in children {
            let (app, sandbox) = (Some(child.app_id), Some(child.sandbox_id));
            let mut shown = pair(conn, api, owner, app, sandbox).await?;
            if let Some(task) = child.task_id {
                shown.task = task_history::find(conn, owner, task).await?;
            }
            made.push(shown);
        }
        shown.children = Some(made);
    }
    Ok(shown)
}

/// An app and its sandbox, where they exist.
async fn pair(
    conn: &mut Connection,
    api: &Api,
    owner: &str,
    app: Option<AppId>,
    sandbox_id: Option<SandboxId>,
) -> Result<ChildView, StoreError> {
    let app = match app {
        Some(id) => apps::find(conn, owner, id).await?,
        None => None,
    };
    let row = match sandbox_id {
        Some(id) => sandboxes::find(conn, owner, id).await?,
        None => None,
    };
    let sandbox = row.map(|row| sandbox(&api.installation, &row));
    Ok(ChildView { app, sandbox, task: None })
}
