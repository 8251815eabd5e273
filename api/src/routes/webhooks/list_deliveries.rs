//! `GET /v1/webhooks/{id}/deliveries`

use axum::extract::State;
use sandboxd_shared::domain::DeliveryStatus;
use sandboxd_shared::ids::{DeliveryId, WebhookId};
use sandboxd_shared::store::webhooks;
use serde::Deserialize;
use serde_json::json;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId, Query, page};

/// Which deliveries.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListDeliveries {
    limit: Option<i64>,
    before: Option<DeliveryId>,
    status: Option<DeliveryStatus>,
}

/// A page of what the webhook was and is to be sent, newest first.
pub(crate) async fn list_webhook_deliveries(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<WebhookId>,
    Query(query): Query<ListDeliveries>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?;
    let mut conn = api.store.read().await?;
    lookup::webhook(&mut conn, &tenant, id).await?;
    let found = webhooks::list_deliveries(&mut conn, id, query.status, &page.to_read()).await?;
    Ok(Answer::ok(&page.body("deliveries", found, |row| row.id.to_string(), |row| json!(row))))
}
