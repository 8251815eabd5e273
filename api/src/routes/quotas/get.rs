//! `GET /v1/quotas`

use axum::Extension;
use axum::extract::State;
use sandboxd_shared::domain::Quota;
use sandboxd_shared::jobs::quota;
use sandboxd_shared::store::quotas;
use serde::Serialize;
use serde_json::{Map, json};

use crate::auth::Tenant;
use crate::limits::Standing;
use crate::server::Api;
use crate::web::{Answer, ApiError};

/// A quota of the tenant's.
#[derive(Debug, Serialize)]
struct QuotaView {
    /// Null for none.
    limit: Option<i64>,
    used: i64,
}

/// The tenant's limits by name, each with what is used of it.
pub(crate) async fn get_quotas(
    State(api): State<Api>,
    tenant: Tenant,
    standing: Option<Extension<Standing>>,
) -> Result<Answer, ApiError> {
    let now = api.store.clock().now();
    let mut conn = api.store.read().await?;
    let limits = quotas::of(&mut conn, tenant.as_str()).await?;
    let mut shown = Map::new();
    for quota in Quota::ALL {
        let used = match quota {
            Quota::RequestsPerMinute => standing.as_ref().map_or(0, |standing| standing.used()),
            _ => quota::used(&mut conn, tenant.as_str(), *quota, now).await?,
        };
        shown.insert(quota.to_string(), json!(QuotaView { limit: limits.get(*quota), used }));
    }
    Ok(Answer::ok(&json!({ "quotas": shown })))
}
