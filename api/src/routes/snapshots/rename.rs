//! `PATCH /v1/snapshots/{id}`

use axum::extract::State;
use sandboxd_shared::domain::{Name, Snapshot};
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::store::snapshots;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::audit;
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
    let snapshot = lookup::snapshot(&mut tx, &tenant, id).await?;
    let Some(name) = body.name else { return Ok(Answer::ok(&snapshot)) };
    snapshots::rename(&mut tx, id, name.as_str()).await?;
    let answer = Answer::ok(&lookup::snapshot(&mut tx, &tenant, id).await?);
    audit::commit(tx, &tenant, &answer, None, api.store.clock().now()).await?;
    Ok(answer)
}
