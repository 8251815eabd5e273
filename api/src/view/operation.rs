//! An operation, with what it made.

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{
    ErrorBody, Operation, OperationKind, OperationStatus, Progress, Step,
};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId, SnapshotId, TaskId};
use sandboxd_shared::store::{Connection, StoreError, apps, sandboxes, snapshots};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::sandbox;
use crate::server::Api;

/// An operation, as the API shows it.
#[derive(Debug, Serialize)]
pub(crate) struct OperationView {
    id: OperationId,
    kind: OperationKind,
    status: OperationStatus,
    progress: Option<Progress>,
    steps: Vec<Step>,
    app_id: Option<AppId>,
    sandbox_id: Option<SandboxId>,
    snapshot_id: Option<SnapshotId>,
    task_id: Option<TaskId>,
    attempt: i64,
    max_attempts: i64,
    worker: Option<String>,
    cancel_requested: bool,
    pub(super) result: Option<Value>,
    error: Option<ErrorBody>,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    /// How long it waited for a worker.
    queue_ms: Option<i64>,
}

/// Shows an operation. What it made is shown as it is now, where it still exists.
pub(crate) async fn operation(
    conn: &mut Connection,
    api: &Api,
    row: &Operation,
) -> Result<OperationView, StoreError> {
    let result = match &row.result {
        Some(result) => Some(expand(conn, api, &row.owner, result).await?),
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

/// The ids that an operation of any kind may leave.
#[derive(Debug, Default, Deserialize)]
struct Ids {
    app_id: Option<AppId>,
    sandbox_id: Option<SandboxId>,
    snapshot_id: Option<SnapshotId>,
    safety_snapshot_id: Option<SnapshotId>,
    children: Option<Vec<ChildIds>>,
}

#[derive(Debug, Deserialize)]
struct ChildIds {
    app_id: AppId,
    sandbox_id: SandboxId,
}

async fn expand(
    conn: &mut Connection,
    api: &Api,
    owner: &str,
    result: &Value,
) -> Result<Value, StoreError> {
    let ids = Ids::deserialize(result)
        .map_err(|error| StoreError::Corrupt(format!("the result of an operation: {error}")))?;
    let mut shown = pair(conn, api, owner, ids.app_id, ids.sandbox_id).await?;
    if let Some(id) = ids.snapshot_id
        && let Some(snapshot) = snapshots::find(conn, owner, id).await?
    {
        shown.insert("snapshot".to_owned(), json!(snapshot));
    }
    if let Some(id) = ids.safety_snapshot_id {
        shown.insert("safety_snapshot_id".to_owned(), json!(id));
    }
    if let Some(children) = ids.children {
        let mut made = Vec::with_capacity(children.len());
        for child in children {
            let (app, sandbox) = (Some(child.app_id), Some(child.sandbox_id));
            made.push(pair(conn, api, owner, app, sandbox).await?);
        }
        shown.insert("children".to_owned(), json!(made));
    }
    Ok(Value::Object(shown))
}

/// An app and its sandbox, where they exist.
async fn pair(
    conn: &mut Connection,
    api: &Api,
    owner: &str,
    app: Option<AppId>,
    sandbox_id: Option<SandboxId>,
) -> Result<Map<String, Value>, StoreError> {
    let mut shown = Map::new();
    if let Some(id) = app
        && let Some(app) = apps::find(conn, owner, id).await?
    {
        shown.insert("app".to_owned(), json!(app));
    }
    if let Some(id) = sandbox_id
        && let Some(row) = sandboxes::find(conn, owner, id).await?
    {
        shown.insert("sandbox".to_owned(), json!(sandbox(&api.installation, &row)));
    }
    Ok(shown)
}
