//! What a finished operation answers to the request that started it.

use sandboxd_shared::domain::{ErrorBody, ErrorCode, Operation, OperationKind, OperationStatus};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::{Connection, StoreError, sandboxes, snapshots, tasks};
use serde_json::json;

use super::{SandboxView, operation, sandbox};
use crate::server::Api;
use crate::web::Answer;

/// The finished thing itself, or why it isn't; none while the operation is under way, and when the
/// thing has gone again meanwhile.
pub(crate) async fn finished(
    conn: &mut Connection,
    api: &Api,
    row: &Operation,
) -> Result<Option<Result<Answer, ErrorBody>>, StoreError> {
    let error = match row.status {
        OperationStatus::Queued | OperationStatus::Running => return Ok(None),
        OperationStatus::Succeeded => return Ok(succeeded(conn, api, row).await?.map(Ok)),
        OperationStatus::Failed => row
            .error
            .clone()
            .unwrap_or_else(|| ErrorBody::new(ErrorCode::Internal, "the operation failed")),
        OperationStatus::Cancelled => {
            ErrorBody::new(ErrorCode::Conflict, "the operation was cancelled")
                .with_details(json!({ "status": row.status }))
        }
    };
    Ok(Some(Err(with_operation(row, error))))
}

/// The error, naming the operation that failed.
fn with_operation(row: &Operation, mut body: ErrorBody) -> ErrorBody {
    let details = body.details.get_or_insert_with(|| json!({}));
    if let Some(details) = details.as_object_mut() {
        details.entry("operation_id").or_insert_with(|| json!(row.id));
        if let Some(task) = row.task_id {
            details.entry("task_id").or_insert_with(|| json!(task));
        }
    }
    body
}

async fn succeeded(
    conn: &mut Connection,
    api: &Api,
    row: &Operation,
) -> Result<Option<Answer>, StoreError> {
    match row.kind {
        OperationKind::SandboxCreate | OperationKind::AppRestore => {
            let Some((id, shown)) = its_sandbox(conn, api, row).await? else { return Ok(None) };
            Ok(Some(Answer::created(format!("/v1/sandboxes/{id}"), &shown)))
        }
        OperationKind::SandboxStart | OperationKind::SandboxStop => {
            Ok(its_sandbox(conn, api, row).await?.map(|(_, shown)| Answer::ok(&shown)))
        }
        OperationKind::SnapshotCapture => {
            let Some(id) = row.snapshot_id else { return Ok(None) };
            let found = snapshots::find(conn, &row.owner, id).await?;
            Ok(found.map(|found| Answer::created(format!("/v1/snapshots/{id}"), &found)))
        }
        OperationKind::AppFork | OperationKind::AppExplore => {
            let shown = operation(conn, api, row).await?;
            Ok(Some(Answer::created(format!("/v1/operations/{}", row.id), &shown.result)))
        }
        OperationKind::SandboxDelete | OperationKind::AppDelete => Ok(Some(Answer::no_content())),
        OperationKind::TaskRun => {
            let (Some(sandbox), Some(id)) = (row.sandbox_id, row.task_id) else { return Ok(None) };
            let found = tasks::find(conn, &row.owner, sandbox, id).await?;
            Ok(found.map(|found| Answer::ok(&found)))
        }
        OperationKind::LayerCompact => Ok(None),
    }
}

async fn its_sandbox(
    conn: &mut Connection,
    api: &Api,
    row: &Operation,
) -> Result<Option<(SandboxId, SandboxView)>, StoreError> {
    let Some(id) = row.sandbox_id else { return Ok(None) };
    let found = sandboxes::find(conn, &row.owner, id).await?;
    Ok(found.map(|found| (id, sandbox(&api.installation, &found))))
}
