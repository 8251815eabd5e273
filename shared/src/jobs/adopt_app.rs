//! Adopting one child of an exploration: its workspace replaces the source's, as a restore does,
//! and the children that were not chosen go.

use sqlx::SqliteConnection;

use super::accept::{Accepted, Refusal};
use super::run_task::RunningTask;
use super::{capture_snapshot, delete_app, restore_app};
use crate::clock::Timestamp;
use crate::domain::{App, ErrorBody, ErrorCode, Name, Sandbox};
use crate::ids::AppId;
use crate::store::{StoreError, apps, sandboxes, snapshots};

/// What is adopted.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Whether the other children of the same exploration are deleted, with their snapshots.
    pub delete_others: bool,
    /// What to do about a task in the source. One in the child is always in the way: it would be
    /// adopted half done.
    pub running: RunningTask,
}

/// Accepts an adoption: a capture of the child as it is, and a restore of that into the source.
///
/// # Errors
/// 400 if the child is no fork of the source; 409 if either has no sandbox, or something is under
/// way in one of them.
pub async fn accept(
    conn: &mut SqliteConnection,
    source: &App,
    child: &App,
    spec: Spec,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    if child.forked_from.is_none_or(|from| from.app_id != source.id) {
        let why = "from_app_id is no fork of this app";
        return Err(ErrorBody::new(ErrorCode::InvalidRequest, why)
            .with_details(serde_json::json!({ "field": "from_app_id" }))
            .into());
    }
    for app in [source, child] {
        if let Some(deleting) = app.active_operation_id {
            return Err(ErrorBody::in_progress(deleting).into());
        }
    }
    let from = sandbox_of(conn, child, "the app to adopt from has no sandbox").await?;
    if let Some(task) = from.active_task_id {
        return Err(ErrorBody::task_in_progress(task).into());
    }
    let to = sandbox_of(conn, source, "the app has no sandbox; make one first").await?;
    let plain = Name::parse(&child.name)
        .map_err(|_| StoreError::Corrupt(format!("app {} has a name that is none", child.id)))?;
    let captured = capture_snapshot::accept_checkpoint(conn, &from, None, &plain, now).await?;
    let snapshot = captured.snapshot_id.expect("invariant: a capture is about its snapshot");
    let snapshot = snapshots::get(conn, snapshot)
        .await?
        .ok_or_else(|| StoreError::Corrupt(format!("snapshot {snapshot} has no row")))?;
    let adopts = restore_app::Adoption { from_app_id: child.id, delete_others: spec.delete_others };
    restore_app::accept_adoption(conn, to, &snapshot, adopts, spec.running, now).await
}

async fn sandbox_of(
    conn: &mut SqliteConnection,
    app: &App,
    missing: &str,
) -> Result<Sandbox, Refusal> {
    let found = sandboxes::of_app(conn, app.id).await?;
    found.ok_or_else(|| ErrorBody::new(ErrorCode::Conflict, missing).into())
}

/// Has the children deleted that were not chosen, and names them. One that something else works on
/// stays.
pub(super) async fn delete_others(
    conn: &mut SqliteConnection,
    owner: &str,
    chosen: AppId,
    node: &str,
    now: Timestamp,
) -> Result<Vec<AppId>, StoreError> {
    let mut deleted = Vec::new();
    for app in apps::explored_beside(conn, owner, chosen).await? {
        match delete_app::accept(conn, &app, true, RunningTask::Cancel, node, now).await {
            Ok(_) => deleted.push(app.id),
            Err(Refusal::Client(why)) => {
                tracing::warn!(app.id = %app.id, error = &why as &dyn std::error::Error,
                    "a child that was not adopted stays");
            }
            Err(Refusal::Store(error)) => return Err(error),
        }
    }
    Ok(deleted)
}
