//! `GET /v1/webhooks/{id}/deliveries`

use axum::extract::State;
use sandboxd_shared::domain::{Delivery, DeliveryStatus};
use sandboxd_shared::ids::{DeliveryId, WebhookId};
use sandboxd_shared::store::webhooks;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId, Query, page};

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListDeliveries {
    limit: Option<i64>,
    before: Option<DeliveryId>,
    status: Option<DeliveryStatus>,
}

/// A page of deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryList {
    deliveries: Vec<Delivery>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_before: Option<DeliveryId>,
}

/// Lists what a webhook was and is to be sent, newest first
#[utoipa::path(
    get, path = "/v1/webhooks/{id}/deliveries", tag = "webhooks",
    params(PathId<WebhookId>, ListDeliveries),
    responses((status = 200, description = "A page", body = DeliveryList)),
)]
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
    let (deliveries, next_before) = page.cut(found, |row| row.id);
    Ok(Answer::ok(&DeliveryList { deliveries, next_before }))
}
