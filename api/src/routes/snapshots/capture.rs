//! `POST /v1/snapshots`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::domain::{Name, Snapshot};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::capture_snapshot as job;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::openapi::{Accepted, NotFound};
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, Post, Prefer, act};

/// What is captured.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "source_sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "name": "before the redesign", "live": true
})))]
pub(crate) struct CaptureSnapshot {
    source_sandbox_id: SandboxId,
    name: Name,
    /// Whether a running sandbox may be captured as it runs; false if not said.
    live: Option<bool>,
}

/// Captures a sandbox's workspace
///
/// A running sandbox is 409 unless `live`.
#[utoipa::path(
    post, path = "/v1/snapshots", tag = "snapshots",
    params(Prefer),
    request_body = CaptureSnapshot,
    responses(
        Accepted,
        (status = 201, description = "With `Prefer: wait`: the snapshot", body = Snapshot),
        NotFound,
    ),
)]
pub(crate) async fn capture_snapshot(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    Post { body, once }: Post<CaptureSnapshot>,
) -> Result<Response, ApiError> {
    let owner = tenant.clone();
    let live = body.live.unwrap_or(false);
    act(&api, &tenant, &once, prefer, |conn, now| {
        Box::pin(async move {
            let sandbox = lookup::sandbox(conn, &owner, body.source_sandbox_id).await?;
            Ok(job::accept(conn, &sandbox, &body.name, live, now).await?.into())
        })
    })
    .await
}
