//! `GET /v1/snapshots/{id}`

use axum::extract::State;
use sandboxd_shared::domain::Snapshot;
use sandboxd_shared::ids::SnapshotId;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId};

/// Gets a snapshot
#[utoipa::path(
    get, path = "/v1/snapshots/{id}", tag = "snapshots",
    params(PathId<SnapshotId>),
    responses((status = 200, description = "The snapshot with its sizes", body = Snapshot)),
)]
pub(crate) async fn get_snapshot(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<SnapshotId>,
) -> Result<Answer, ApiError> {
    let snapshot = lookup::snapshot(&mut *api.store.read().await?, &tenant, id).await?;
    Ok(Answer::ok(&snapshot))
}
