//! `GET /v1/sandboxes`

use axum::extract::State;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::sandboxes;
use serde::Deserialize;
use serde_json::json;

use crate::auth::Tenant;
use crate::server::Api;
use crate::view;
use crate::web::{Answer, ApiError, Query, page};

/// Which sandboxes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListSandboxes {
    limit: Option<i64>,
    before: Option<SandboxId>,
}

/// A page of sandboxes, newest first.
pub(crate) async fn list_sandboxes(
    State(api): State<Api>,
    tenant: Tenant,
    Query(query): Query<ListSandboxes>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?;
    let mut conn = api.store.read().await?;
    let found = sandboxes::list(&mut conn, tenant.as_str(), &page.to_read()).await?;
    let show = |row: &_| json!(view::sandbox(&api.installation, row));
    Ok(Answer::ok(&page.body("sandboxes", found, |row| row.id.to_string(), show)))
}
