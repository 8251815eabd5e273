//! `POST /v1/sandboxes/{id}/start`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::start_sandbox::{self as job, StartReason};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::openapi::Accepted;
use crate::routes::lookup;
use crate::server::Api;
use crate::view::SandboxView;
use crate::web::{ApiError, PathId, Post, Prefer, act};

/// Nothing is to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({})))]
pub(crate) struct StartSandbox {}

/// Starts a sandbox
///
/// Also heals: a container that is gone or stale is made again over the same workspace. A start that is
/// under way is joined.
#[utoipa::path(
    post, path = "/v1/sandboxes/{id}/start", tag = "sandboxes",
    params(PathId<SandboxId>, Prefer),
    request_body = StartSandbox,
    responses(
        Accepted,
        (status = 200, description = "With `Prefer: wait`: the sandbox", body = SandboxView),
    ),
)]
pub(crate) async fn start_sandbox(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<SandboxId>,
    Post { once, .. }: Post<StartSandbox>,
) -> Result<Response, ApiError> {
    let owner = tenant.clone();
    act(&api, &tenant, &once, prefer, |conn, now| {
        Box::pin(async move {
            let sandbox = lookup::sandbox(conn, &owner, id).await?;
            let accepted = job::accept(conn, &sandbox, StartReason::Api, now).await?;
            Ok(accepted.into())
        })
    })
    .await
}
