//! `GET /v1/audit`

use axum::extract::State;
use sandboxd_shared::domain::AuditEntry;
use sandboxd_shared::ids::AuditId;
use sandboxd_shared::store::audit::{self, Filter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Tenant;
use crate::server::Api;
use crate::web::{Answer, ApiError, Query, SearchText, page};

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAudit {
    limit: Option<i64>,
    before: Option<AuditId>,
    /// Of one action, such as `create_app`.
    action: Option<SearchText>,
    /// Of one actor, such as `token:ci`.
    actor: Option<SearchText>,
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditList {
    audit: Vec<AuditEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_before: Option<AuditId>,
}

/// Lists who did what, newest first
///
/// Every request of the tenant that may have changed something, what was refused included, and what
/// an operator did to the tenant. Entries of refusals are there a moment after the answer.
#[utoipa::path(
    get, path = "/v1/audit", tag = "tenants",
    params(ListAudit),
    responses((status = 200, description = "A page", body = AuditList)),
)]
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
    let (audit, next_before) = page.cut(found, |entry| entry.id);
    Ok(Answer::ok(&AuditList { audit, next_before }))
}
