//! `POST /v1/snapshots`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::domain::Name;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::capture_snapshot as job;
use serde::Deserialize;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, Post, Prefer, act};

/// What is captured.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaptureSnapshot {
    source_sandbox_id: SandboxId,
    name: Name,
    /// Whether a running sandbox may be captured as it runs; false if not said.
    live: Option<bool>,
}

/// 202 with the operation.
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
