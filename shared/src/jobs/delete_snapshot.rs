//! Deleting a snapshot. No operation: its row goes at once, and its layers follow when nothing
//! stands on them any more.

use serde_json::json;
use sqlx::SqliteConnection;

use super::Refusal;
use crate::clock::Timestamp;
use crate::domain::{
    ErrorBody, ErrorCode, EventType, NewEvent, Snapshot, SnapshotStatus, text_enum,
};
use crate::store::{StoreError, events, operations, sandboxes, snapshots};

text_enum! {
    /// Why a snapshot is deleted.
    Reason {
        /// Its tenant asked for it.
        Api = "api",
        /// It is a checkpoint, and there are enough newer ones.
        Retention = "retention",
        /// It was captured for a backup, which has it now.
        Backup = "backup",
    }
}

/// Refuses while an operation needs the snapshot.
///
/// # Errors
/// 409 that names the operation.
pub async fn check_free(conn: &mut SqliteConnection, snapshot: &Snapshot) -> Result<(), Refusal> {
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

/// Deletes a snapshot that is free; what stood on it stands on its parent.
///
/// # Errors
/// [`StoreError`]
pub async fn delete(
    conn: &mut SqliteConnection,
    snapshot: &Snapshot,
    reason: Reason,
    now: Timestamp,
) -> Result<(), StoreError> {
    snapshots::delete(conn, snapshot.id).await?;
    let event = NewEvent::new(&snapshot.owner, EventType::SnapshotDeleted)
        .app(snapshot.source_app_id)
        .snapshot(snapshot.id)
        .payload(json!({ "name": snapshot.name, "kind": snapshot.kind, "reason": reason }));
    events::append(conn, &event, now).await?;
    Ok(())
}
