//! `DELETE /v1/sandboxes/{id}`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::delete_sandbox as job;

use crate::auth::Tenant;
use crate::openapi::Accepted;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, Force, Once, PathId, Prefer, Query, act};

/// Deletes a sandbox
///
/// Its snapshots stay, and what its tasks did. A task that is under way is in the way, unless `force`
/// cancels it.
#[utoipa::path(
    delete, path = "/v1/sandboxes/{id}", tag = "sandboxes",
    params(PathId<SandboxId>, Force, Prefer),
    responses(Accepted, (status = 204, description = "With `Prefer: wait`: it is gone")),
)]
pub(crate) async fn delete_sandbox(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<SandboxId>,
    Query(force): Query<Force>,
) -> Result<Response, ApiError> {
    let owner = tenant.clone();
    act(&api, &tenant, &Once::unkeyed(), prefer, |conn, now| {
        Box::pin(async move {
            let sandbox = lookup::sandbox(conn, &owner, id).await?;
            Ok(job::accept(conn, &sandbox, force.running_task(), now).await?.into())
        })
    })
    .await
}
