//! `GET /v1/webhooks`

use axum::extract::State;
use sandboxd_shared::ids::WebhookId;
use sandboxd_shared::store::webhooks;
use serde::Deserialize;
use serde_json::json;

use crate::auth::Tenant;
use crate::server::Api;
use crate::web::{Answer, ApiError, Query, page};

/// Which webhooks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListWebhooks {
    limit: Option<i64>,
    before: Option<WebhookId>,
}

/// A page of webhooks, newest first.
pub(crate) async fn list_webhooks(
    State(api): State<Api>,
    tenant: Tenant,
    Query(query): Query<ListWebhooks>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?;
    let mut conn = api.store.read().await?;
    let found = webhooks::list(&mut conn, tenant.as_str(), &page.to_read()).await?;
    Ok(Answer::ok(&page.body("webhooks", found, |row| row.id.to_string(), |row| json!(row))))
}
