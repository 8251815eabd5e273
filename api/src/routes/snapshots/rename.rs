//! `PATCH /v1/snapshots/{id}`

use axum::extract::State;
use sandboxd_shared::domain::{Name, Snapshot};
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::store::snapshots;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, JsonBody, PathId};

/// What changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "before the redesign"})))]
pub(crate) struct RenameSnapshot {
    name: Option<Name>,
}

/// Renames a snapshot
#[utoipa::path(
    patch, path = "/v1/snapshots/{id}", tag = "snapshots",
    params(PathId<SnapshotId>),
    request_body = RenameSnapshot,
    responses((status = 200, description = "The snapshot as it is now", body = Snapshot)),
)]
pub(crate) async fn rename_snapshot(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<SnapshotId>,
    JsonBody(body): JsonBody<RenameSnapshot>,
) -> Result<Answer, ApiError> {
    let mut tx = api.store.write().await?;
    let mut snapshot = lookup::snapshot(&mut tx, &tenant, id).await?;
    if let Some(name) = body.name {
        snapshots::rename(&mut tx, id, name.as_str()).await?;
        snapshot = lookup::snapshot(&mut tx, &tenant, id).await?;
        tx.commit().await?;
    }
    Ok(Answer::ok(&snapshot))
}
