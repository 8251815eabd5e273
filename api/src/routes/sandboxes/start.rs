//! `POST /v1/sandboxes/{id}/start`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::start_sandbox::{self as job, StartReason};
use serde::Deserialize;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, PathId, Post, Prefer, act};

/// Nothing is to be said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartSandbox {}

/// 202 with the operation, the one under way if there is an equal one.
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
