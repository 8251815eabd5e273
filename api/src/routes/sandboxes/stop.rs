//! `POST /v1/sandboxes/{id}/stop`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::stop_sandbox::{self as job, StopReason};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::openapi::Accepted;
use crate::routes::lookup;
use crate::server::Api;
use crate::view::SandboxView;
use crate::web::{ApiError, Force, PathId, Post, Prefer, Query, act};

/// Nothing is to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({})))]
pub(crate) struct StopSandbox {}

/// Stops a sandbox
///
/// Its workspace stays. A stop that is under way is joined. A task that is under way is in the way, unless
/// `force` cancels it.
#[utoipa::path(
    post, path = "/v1/sandboxes/{id}/stop", tag = "sandboxes",
    params(PathId<SandboxId>, Force, Prefer),
    request_body = StopSandbox,
    responses(
        Accepted,
        (status = 200, description = "With `Prefer: wait`: the sandbox", body = SandboxView),
    ),
)]
pub(crate) async fn stop_sandbox(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<SandboxId>,
    Query(force): Query<Force>,
    Post { once, .. }: Post<StopSandbox>,
) -> Result<Response, ApiError> {
    let owner = tenant.clone();
    act(&api, &tenant, &once, prefer, |conn, now| {
        Box::pin(async move {
            let sandbox = lookup::sandbox(conn, &owner, id).await?;
            let running = force.running_task();
            let accepted = job::accept(conn, &sandbox, StopReason::Api, running, now).await?;
            Ok(accepted.into())
        })
    })
    .await
}
