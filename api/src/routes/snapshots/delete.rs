//! `DELETE /v1/snapshots/{id}`

use axum::extract::State;
use sandboxd_shared::domain::{
    ErrorBody, ErrorCode, EventType, NewEvent, Snapshot, SnapshotStatus,
};
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::store::{Connection, events, operations, sandboxes, snapshots};
use serde_json::json;

use crate::auth::Tenant;
use crate::openapi::Conflict;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId};

/// Deletes a snapshot
///
/// Its layers go once nothing stands on them.
#[utoipa::path(
    delete, path = "/v1/snapshots/{id}", tag = "snapshots",
    params(PathId<SnapshotId>),
    responses((status = 204, description = "It is gone"), Conflict),
)]
pub(crate) async fn delete_snapshot(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<SnapshotId>,
) -> Result<Answer, ApiError> {
    let mut tx = api.store.write().await?;
    let snapshot = lookup::snapshot(&mut tx, &tenant, id).await?;
    check_free(&mut tx, &snapshot).await?;
    snapshots::delete(&mut tx, id).await?;
    let event = NewEvent::new(tenant.as_str(), EventType::SnapshotDeleted)
        .app(snapshot.source_app_id)
        .snapshot(id)
        .payload(json!({ "name": snapshot.name, "kind": snapshot.kind }));
    events::append(&mut tx, &event, api.store.clock().now()).await?;
    tx.commit().await?;
    Ok(Answer::no_content())
}

/// Refuses while an operation needs the snapshot.
async fn check_free(conn: &mut Connection, snapshot: &Snapshot) -> Result<(), ApiError> {
    if let Some(operation) = operations::unfinished_about_snapshot(conn, snapshot.id).await? {
        return Err(ErrorBody::in_progress(operation).into());
    }
    if snapshot.status != SnapshotStatus::Capturing {
        return Ok(());
    }
    // A restore that keeps what it replaces is about another snapshot than the one it captures.
    let source = sandboxes::get(conn, snapshot.source_sandbox_id).await?;
    match source.and_then(|sandbox| sandbox.active_operation_id) {
        Some(operation) => Err(ErrorBody::in_progress(operation).into()),
        None => Err(ErrorBody::new(ErrorCode::Conflict, "the snapshot is being captured")
            .with_details(json!({ "status": snapshot.status }))
            .into()),
    }
}
