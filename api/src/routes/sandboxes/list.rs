//! `GET /v1/sandboxes`

use axum::extract::State;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::sandboxes;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Tenant;
use crate::server::Api;
use crate::view::{self, SandboxView};
use crate::web::{Answer, ApiError, Query, page};

/// Which sandboxes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListSandboxes {
    limit: Option<i64>,
    before: Option<SandboxId>,
}

/// A page of sandboxes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SandboxList {
    sandboxes: Vec<SandboxView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_before: Option<SandboxId>,
}

/// Lists sandboxes, newest first
#[utoipa::path(
    get, path = "/v1/sandboxes", tag = "sandboxes",
    params(ListSandboxes),
    responses((status = 200, description = "A page", body = SandboxList)),
)]
pub(crate) async fn list_sandboxes(
    State(api): State<Api>,
    tenant: Tenant,
    Query(query): Query<ListSandboxes>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?;
    let mut conn = api.store.read().await?;
    let found = sandboxes::list(&mut conn, tenant.as_str(), &page.to_read()).await?;
    let (found, next_before) = page.cut(found, |sandbox| sandbox.id);
    let sandboxes = found.iter().map(|row| view::sandbox(&api.installation, row)).collect();
    Ok(Answer::ok(&SandboxList { sandboxes, next_before }))
}
