//! `PATCH /v1/snapshots/{id}`

use axum::extract::State;
use sandboxd_shared::domain::Name;
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::store::snapshots;
use serde::Deserialize;

use crate::audit;
use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, JsonBody, PathId};

/// What changes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenameSnapshot {
    name: Option<Name>,
}

/// The snapshot as it is now.
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
