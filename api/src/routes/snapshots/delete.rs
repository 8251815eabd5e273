//! `DELETE /v1/snapshots/{id}`

use axum::extract::State;
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::jobs::delete_snapshot::{Reason, check_free, delete};

use crate::audit;
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
    let (now, answer) = (api.store.clock().now(), Answer::no_content());
    delete(&mut tx, &snapshot, Reason::Api, now).await?;
    audit::commit(tx, &tenant, &answer, None, now).await?;
    Ok(answer)
}
