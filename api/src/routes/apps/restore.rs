//! `POST /v1/apps/{id}/restore`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::ids::{AppId, SnapshotId};
use sandboxd_shared::jobs::restore_app as job;
use serde::Deserialize;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, PathId, Post, Prefer, act};

/// What is restored.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestoreApp {
    snapshot_id: SnapshotId,
    /// Whether what is replaced is kept as a snapshot first; true if not said.
    safety_snapshot: Option<bool>,
}

/// 202 with the operation.
pub(crate) async fn restore_app(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<AppId>,
    Post { body, once }: Post<RestoreApp>,
) -> Result<Response, ApiError> {
    let safety = body.safety_snapshot.unwrap_or(true);
    let (owner, installation) = (tenant.clone(), api.installation.clone());
    act(&api, &tenant, &once, prefer, |conn, now| {
        Box::pin(async move {
            let app = lookup::app(conn, &owner, id).await?;
            let snapshot = lookup::snapshot(conn, &owner, body.snapshot_id).await?;
            let defaults = installation.defaults(conn).await?;
            let accepted = job::accept(conn, &app, &snapshot, safety, &defaults, now).await?;
            Ok(accepted.into())
        })
    })
    .await
}
