//! `PATCH /v1/webhooks/{id}`

use axum::extract::State;
use sandboxd_shared::domain::{Description, EventPatterns, Webhook, WebhookUrl};
use sandboxd_shared::ids::WebhookId;
use sandboxd_shared::store::webhooks::{self, Change};
use serde::Deserialize;
use utoipa::ToSchema;

use super::url;
use crate::audit;
use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, JsonBody, PathId, some};

/// What changes; an absent field stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "events": ["sandbox.*"], "enabled": true })))]
pub(crate) struct UpdateWebhook {
    url: Option<WebhookUrl>,
    events: Option<EventPatterns>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "some")]
    description: Option<Option<Description>>,
    /// False also cancels what waits; true forgives what failed before.
    enabled: Option<bool>,
}

/// Changes a webhook
///
/// Disabling cancels what waits to be sent; enabling forgives what failed before.
#[utoipa::path(
    patch, path = "/v1/webhooks/{id}", tag = "webhooks",
    params(PathId<WebhookId>),
    request_body = UpdateWebhook,
    responses((status = 200, description = "The webhook as it is now", body = Webhook)),
)]
pub(crate) async fn update_webhook(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<WebhookId>,
    JsonBody(body): JsonBody<UpdateWebhook>,
) -> Result<Answer, ApiError> {
    if let Some(url) = &body.url {
        url::check(&api.installation, url)?;
    }
    let change = Change {
        url: body.url.map(|url| url.as_url().to_string()),
        events: body.events,
        description: body.description.map(|text| text.map(|text| text.as_str().to_owned())),
        enabled: body.enabled,
    };
    let mut tx = api.store.write().await?;
    let now = api.store.clock().now();
    lookup::webhook(&mut tx, &tenant, id).await?;
    webhooks::update(&mut tx, id, &change, now).await?;
    if change.enabled == Some(false) {
        webhooks::cancel_waiting(&mut tx, id, now).await?;
    }
    let webhook = lookup::webhook(&mut tx, &tenant, id).await?;
    let answer = Answer::ok(&webhook);
    audit::commit(tx, &tenant, &answer, None, now).await?;
    Ok(answer)
}
