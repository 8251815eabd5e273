//! `POST /v1/webhooks/{id}/deliveries/{delivery_id}/redeliver`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::domain::Delivery;
use sandboxd_shared::ids::{DeliveryId, WebhookId};
use sandboxd_shared::store::webhooks;
use serde::Deserialize;
use utoipa::ToSchema;

use super::test::{must_be_enabled, written};
use crate::auth::Tenant;
use crate::openapi::Conflict;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, PathIds, Post, Prefer, act};

/// Nothing is to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({})))]
pub(crate) struct Redeliver {}

/// Sends a message once more
///
/// As a delivery of its own. Its `webhook-id` is the same: receivers that have had it know it.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver", tag = "webhooks",
    params(PathIds<WebhookId, DeliveryId>),
    request_body = Redeliver,
    responses((status = 201, description = "The new delivery", body = Delivery), Conflict),
)]
pub(crate) async fn redeliver_webhook(
    State(api): State<Api>,
    tenant: Tenant,
    PathIds(id, delivery): PathIds<WebhookId, DeliveryId>,
    Post { once, .. }: Post<Redeliver>,
) -> Result<Response, ApiError> {
    let owner = tenant.clone();
    act(&api, &tenant, &once, Prefer(None), |conn, now| {
        Box::pin(async move {
            let webhook = lookup::webhook(conn, &owner, id).await?;
            lookup::delivery(conn, id, delivery).await?;
            must_be_enabled(&webhook)?;
            let again = webhooks::redeliver(conn, delivery, now).await?;
            written(conn, id, again).await
        })
    })
    .await
}
