//! What a probe has found, written down and told.

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{EventType, NewEvent, OperationKind, PreviewStatus, Sandbox};
use sandboxd_shared::store::{Connection, StoreError, events, operations, sandboxes};
use serde_json::json;

/// Writes a finding about the container of `row`, as it was when it was probed. A change is told
/// with what it came `after`; by itself that is what brought the container up, or an interval.
///
/// # Errors
/// [`StoreError`]
pub(crate) async fn record(
    conn: &mut Connection,
    row: &Sandbox,
    status: PreviewStatus,
    answer: Option<u16>,
    after: Option<&'static str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(container) = &row.container_id else { return Ok(()) };
    let changed = sandboxes::set_preview(conn, row.id, container, status, answer, now).await?;
    if !changed || status == PreviewStatus::Down {
        return Ok(());
    }
    let after = match after {
        Some(after) => after,
        None if row.preview_status == PreviewStatus::Starting => brought_up(conn, row).await?,
        None => "interval",
    };
    let failed = status == PreviewStatus::Error;
    let kind = if failed { EventType::PreviewFailed } else { EventType::PreviewOk };
    let payload = json!({ "preview_status": status, "has_preview_error": failed, "after": after });
    events::append(conn, &NewEvent::about(row, kind).payload(payload), now).await?;
    Ok(())
}

/// What brought the container up.
async fn brought_up(conn: &mut Connection, row: &Sandbox) -> Result<&'static str, StoreError> {
    Ok(match operations::last_kind_of_sandbox(conn, row.id).await? {
        Some(OperationKind::SandboxCreate) => "create",
        Some(OperationKind::AppRestore) => "restore",
        Some(_) => "start",
        // A fork's operation is about all its children.
        None => "fork",
    })
}
