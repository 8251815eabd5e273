//! `GET /v1/audit`

use axum::extract::State;
use sandboxd_shared::ids::AuditId;
use sandboxd_shared::store::audit::{self, Filter};
use serde::Deserialize;
use serde_json::json;

use crate::auth::Tenant;
use crate::server::Api;
use crate::web::{Answer, ApiError, Query, SearchText, page};

/// Which entries.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListAudit {
    limit: Option<i64>,
    before: Option<AuditId>,
    /// Of one action, such as `create_app`.
    action: Option<SearchText>,
    /// Of one actor, such as `token:ci`.
    actor: Option<SearchText>,
}

/// A page of the tenant's audit log, newest first.
pub(crate) async fn list_audit(
    State(api): State<Api>,
    tenant: Tenant,
    Query(query): Query<ListAudit>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?;
    let filter =
        Filter { action: query.action.map(|text| text.0), actor: query.actor.map(|text| text.0) };
    let mut conn = api.store.read().await?;
    let found = audit::list(&mut conn, tenant.as_str(), &filter, &page.to_read()).await?;
    Ok(Answer::ok(&page.body("audit", found, |row| row.id.to_string(), |row| json!(row))))
}
