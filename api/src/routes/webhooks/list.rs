//! `GET /v1/webhooks`

use axum::extract::State;
use sandboxd_shared::domain::Webhook;
use sandboxd_shared::ids::WebhookId;
use sandboxd_shared::store::webhooks;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Tenant;
use crate::server::Api;
use crate::web::{Answer, ApiError, Query, page};

/// Which webhooks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListWebhooks {
    limit: Option<i64>,
    before: Option<WebhookId>,
}

/// A page of webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookList {
    webhooks: Vec<Webhook>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_before: Option<WebhookId>,
}

/// Lists webhooks, newest first
#[utoipa::path(
    get, path = "/v1/webhooks", tag = "webhooks",
    params(ListWebhooks),
    responses((status = 200, description = "A page", body = WebhookList)),
)]
pub(crate) async fn list_webhooks(
    State(api): State<Api>,
    tenant: Tenant,
    Query(query): Query<ListWebhooks>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?;
    let mut conn = api.store.read().await?;
    let found = webhooks::list(&mut conn, tenant.as_str(), &page.to_read()).await?;
    let (webhooks, next_before) = page.cut(found, |row| row.id);
    Ok(Answer::ok(&WebhookList { webhooks, next_before }))
}
