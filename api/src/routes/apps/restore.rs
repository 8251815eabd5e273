//! `POST /v1/apps/{id}/restore`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::ids::{AppId, SnapshotId};
use sandboxd_shared::jobs::restore_app as job;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::openapi::Accepted;
use crate::routes::lookup;
use crate::server::Api;
use crate::view::SandboxView;
use crate::web::{ApiError, Force, PathId, Post, Prefer, Query, act};

/// What is restored.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"snapshot_id": "01JD4X8QK3M5N7P9R1S3T5V7W9"})))]
pub(crate) struct RestoreApp {
    snapshot_id: SnapshotId,
    /// Whether what is replaced is kept as a snapshot first; true if not said.
    safety_snapshot: Option<bool>,
}

/// Restores a snapshot into an app
///
/// The sandbox keeps its id, URL, settings and config; only its workspace becomes the snapshot's. Unless
/// told not to, it first captures what it replaces as a `safety` snapshot. One that was running runs
/// again. An app without a sandbox gets one. A task that is under way is in the way, unless `force` cancels
/// it.
#[utoipa::path(
    post, path = "/v1/apps/{id}/restore", tag = "apps",
    params(PathId<AppId>, Force, Prefer),
    request_body = RestoreApp,
    responses(
        Accepted,
        (status = 201, description = "With `Prefer: wait`: the sandbox", body = SandboxView),
    ),
)]
pub(crate) async fn restore_app(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<AppId>,
    Query(force): Query<Force>,
    Post { body, once }: Post<RestoreApp>,
) -> Result<Response, ApiError> {
    let safety = body.safety_snapshot.unwrap_or(true);
    let (owner, installation) = (tenant.clone(), api.installation.clone());
    act(&api, &tenant, &once, prefer, |conn, now| {
        Box::pin(async move {
            let app = lookup::app(conn, &owner, id).await?;
            let snapshot = lookup::snapshot(conn, &owner, body.snapshot_id).await?;
            let defaults = installation.defaults(conn).await?;
            let running = force.running_task();
            let accepted =
                job::accept(conn, &app, &snapshot, safety, running, &defaults, now).await?;
            Ok(accepted.into())
        })
    })
    .await
}
