//! `GET /v1/webhooks/{id}/deliveries/{delivery_id}`

use axum::extract::State;
use sandboxd_shared::domain::Delivery;
use sandboxd_shared::ids::{DeliveryId, WebhookId};

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathIds};

/// Gives a delivery
#[utoipa::path(
    get, path = "/v1/webhooks/{id}/deliveries/{delivery_id}", tag = "webhooks",
    params(PathIds<WebhookId, DeliveryId>),
    responses((status = 200, description = "The delivery", body = Delivery)),
)]
pub(crate) async fn get_webhook_delivery(
    State(api): State<Api>,
    tenant: Tenant,
    PathIds(id, delivery): PathIds<WebhookId, DeliveryId>,
) -> Result<Answer, ApiError> {
    let mut conn = api.store.read().await?;
    lookup::webhook(&mut conn, &tenant, id).await?;
    Ok(Answer::ok(&lookup::delivery(&mut conn, id, delivery).await?))
}
