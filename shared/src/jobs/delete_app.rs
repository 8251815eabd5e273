//! `app.delete`: the app, its sandbox, and its snapshots if asked.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::accept::{self, Accepted, Refusal, Subject};
use super::quota::Demand;
use super::run_task::{self, RunningTask};
use super::{Found, delete_sandbox};
use crate::clock::Timestamp;
use crate::domain::{App, ErrorBody, EventType, NewEvent, Operation, OperationKind, SandboxStatus};
use crate::ids::{OperationId, TaskId};
use crate::store::{StoreError, apps, events, operations, sandboxes, snapshots};

/// What a job reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// Whether the app's snapshots go too.
    pub delete_snapshots: bool,
    /// The task that is cancelled for it.
    #[serde(default)]
    pub ends_task: Option<TaskId>,
}

/// Accepts the deletion of an app. One that is under way is joined. `node` does it where the app
/// has no sandbox.
///
/// # Errors
/// 409 if another operation or a task has the app's sandbox, or an operation is about one of the snapshots to go.
pub async fn accept(
    conn: &mut SqliteConnection,
    app: &App,
    delete_snapshots: bool,
    running: RunningTask,
    node: &str,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let kind = OperationKind::AppDelete;
    if let Some(active) = app.active_operation_id {
        return match operations::get(conn, active).await? {
            Some(same) if !same.cancel_requested => Ok(Accepted::Same(same)),
            _ => Err(ErrorBody::in_progress(active).into()),
        };
    }
    if delete_snapshots {
        for snapshot in snapshots::ids_of_app(conn, &app.owner, app.id).await? {
            if let Some(other) = operations::unfinished_about_snapshot(conn, snapshot).await? {
                return Err(ErrorBody::in_progress(other).into());
            }
        }
    }
    let id = OperationId::generate();
    let sandbox = sandboxes::of_app(conn, app.id).await?;
    let mut ends_task = None;
    if let Some(sandbox) = &sandbox {
        ends_task = run_task::make_way(conn, sandbox, running, now).await?;
        accept::in_the_way(conn, sandbox, kind).await?;
        accept::take(conn, sandbox, id, SandboxStatus::Deleting, now).await?;
    }
    apps::set_active_operation(conn, app.id, Some(id)).await?;
    let subject = Subject {
        app: Some(app.id),
        sandbox: sandbox.as_ref().map(|sandbox| sandbox.id),
        snapshot: None,
    };
    let node = sandbox.as_ref().map_or(node, |sandbox| &sandbox.node);
    let input = Input { delete_snapshots, ends_task };
    let operation = accept::operation(id, kind, &app.owner, node, subject, &input, now);
    accept::enqueue(conn, &operation, Demand::GivesBack).await?;
    if sandbox.is_some() {
        let event = NewEvent::of(&operation, EventType::SandboxStopStarted)
            .payload(json!({ "reason": "api", "deleting": true }));
        events::append(conn, &event, now).await?;
    }
    Ok(Accepted::New(operation))
}

/// Records that an app is gone.
///
/// # Errors
/// [`StoreError`]
pub async fn succeed(
    conn: &mut SqliteConnection,
    operation: &Operation,
    input: &Input,
    now: Timestamp,
) -> Result<Value, StoreError> {
    if let Some(sandbox) = operation.sandbox_id {
        delete_sandbox::remove_rows(conn, operation, sandbox, now).await?;
    }
    let Some(app) = operation.app_id else { return Ok(json!({})) };
    if input.delete_snapshots {
        for id in snapshots::ids_of_app(conn, &operation.owner, app).await? {
            snapshots::delete(conn, id).await?;
            let event = NewEvent::of(operation, EventType::SnapshotDeleted).snapshot(id);
            events::append(conn, &event, now).await?;
        }
    }
    apps::delete(conn, app).await?;
    events::append(conn, &NewEvent::of(operation, EventType::AppDeleted), now).await?;
    Ok(json!({ "app_id": app }))
}

/// Gives the app and its sandbox back as they are.
pub(super) async fn fail(
    conn: &mut SqliteConnection,
    operation: &Operation,
    reason: &str,
    found: &Found,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(app) = operation.app_id {
        apps::set_active_operation(conn, app, None).await?;
    }
    found.release(conn, operation, Some(reason), now).await
}
