//! `GET /v1/snapshots/{id}/diff`

use axum::extract::State;
use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::jobs;
use sandboxd_shared::node::SnapshotDiff;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::auth::Tenant;
use crate::limits::Turn;
use crate::node::read_json;
use crate::openapi::Conflict;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId, Query};

/// What is compared.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffSnapshots {
    /// The snapshot to compare with, which may be of another app.
    against: SnapshotId,
    /// Also what is in folders named `.git` and `node_modules`, and in those that the app's own
    /// `.gitignore` names.
    #[serde(default)]
    all: bool,
}

/// Compares two snapshots
///
/// What the snapshot has compared with `against`: files and links of the app folder that were added,
/// changed or removed. Owners, times, folders, FIFOs and sockets don't count. Files of the same size
/// are compared by content, 256 MiB in all; further ones count as changed if they were written at
/// another time.
#[utoipa::path(
    get, path = "/v1/snapshots/{id}/diff", tag = "snapshots",
    params(PathId<SnapshotId>, DiffSnapshots),
    responses((status = 200, description = "What differs", body = SnapshotDiff), Conflict),
)]
pub(crate) async fn diff_snapshots(
    State(api): State<Api>,
    tenant: Tenant,
    _turn: Turn,
    PathId(id): PathId<SnapshotId>,
    Query(query): Query<DiffSnapshots>,
) -> Result<Answer, ApiError> {
    let mut conn = api.store.read().await?;
    let after = lookup::snapshot(&mut conn, &tenant, id).await?;
    let before = lookup::snapshot(&mut conn, &tenant, query.against).await?;
    drop(conn);
    jobs::usable(&after)?;
    jobs::usable(&before)?;
    if after.node != before.node {
        let message = "the snapshots are kept by different nodes and can't be compared";
        return Err(ErrorBody::new(ErrorCode::Conflict, message)
            .with_details(json!({ "snapshot_ids": [after.id, before.id] }))
            .into());
    }
    let (against, all) = (before.id.to_string(), query.all.to_string());
    let parameters = [("against", against.as_str()), ("all", all.as_str())];
    let found = api.nodes.ask_of_snapshot(&after, "diff", &parameters).await?;
    let found: SnapshotDiff = read_json(found).await?;
    Ok(Answer::ok(&found))
}
