//! `GET /v1/sandboxes/{id}`

use axum::extract::State;
use sandboxd_shared::ids::SandboxId;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::view::{self, SandboxView};
use crate::web::{Answer, ApiError, PathId};

/// Gets a sandbox
///
/// As its row has it; nothing is dialled.
#[utoipa::path(
    get, path = "/v1/sandboxes/{id}", tag = "sandboxes",
    params(PathId<SandboxId>),
    responses((status = 200, description = "The sandbox", body = SandboxView)),
)]
pub(crate) async fn get_sandbox(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<SandboxId>,
) -> Result<Answer, ApiError> {
    let sandbox = lookup::sandbox(&mut *api.store.read().await?, &tenant, id).await?;
    Ok(Answer::ok(&view::sandbox(&api.installation, &sandbox)))
}
