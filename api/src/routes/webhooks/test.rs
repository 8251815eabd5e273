//! `POST /v1/webhooks/{id}/test`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::domain::{Delivery, ErrorBody, ErrorCode, Webhook};
use sandboxd_shared::ids::{DeliveryId, WebhookId};
use sandboxd_shared::store::{Connection, webhooks};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::openapi::Conflict;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, Outcome, PathId, Post, Prefer, act};

/// Nothing is to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({})))]
pub(crate) struct TestWebhook {}

/// Sends a webhook a message of type `webhook.test`
///
/// It is tried once. Its delivery says how that went.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/test", tag = "webhooks",
    params(PathId<WebhookId>),
    request_body = TestWebhook,
    responses((status = 201, description = "The delivery", body = Delivery), Conflict),
)]
pub(crate) async fn test_webhook(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<WebhookId>,
    Post { once, .. }: Post<TestWebhook>,
) -> Result<Response, ApiError> {
    let owner = tenant.clone();
    act(&api, &tenant, &once, Prefer(None), |conn, now| {
        Box::pin(async move {
            let webhook = lookup::webhook(conn, &owner, id).await?;
            must_be_enabled(&webhook)?;
            let delivery = webhooks::try_out(conn, &webhook, now).await?;
            written(conn, id, delivery).await
        })
    })
    .await
}

/// # Errors
/// 409 if nothing is sent to it.
pub(super) fn must_be_enabled(webhook: &Webhook) -> Result<(), ApiError> {
    let Some(reason) = webhook.disabled_reason else { return Ok(()) };
    let message = "the webhook is disabled; enable it first, with {\"enabled\": true}";
    let body = ErrorBody::new(ErrorCode::Conflict, message);
    Err(body.with_details(json!({ "disabled_reason": reason })).into())
}

/// 201 with a delivery that was just written.
pub(super) async fn written(
    conn: &mut Connection,
    webhook: WebhookId,
    id: DeliveryId,
) -> Result<Outcome, ApiError> {
    let delivery = lookup::delivery(conn, webhook, id).await?;
    let location = format!("/v1/webhooks/{webhook}/deliveries/{id}");
    Ok(Outcome::Done(Answer::created(location, &delivery)))
}
