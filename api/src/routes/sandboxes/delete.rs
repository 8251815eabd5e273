//! `DELETE /v1/sandboxes/{id}`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::delete_sandbox as job;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, Once, PathId, Prefer, act};

/// 202 with the operation, the one under way if there is one.
pub(crate) async fn delete_sandbox(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<SandboxId>,
) -> Result<Response, ApiError> {
    let owner = tenant.clone();
    act(&api, &tenant, &Once::unkeyed(), prefer, |conn, now| {
        Box::pin(async move {
            let sandbox = lookup::sandbox(conn, &owner, id).await?;
            Ok(job::accept(conn, &sandbox, now).await?.into())
        })
    })
    .await
}
