//! `POST /v1/webhooks`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{
    Description, ErrorBody, ErrorCode, EventPatterns, Webhook, WebhookUrl,
};
use sandboxd_shared::ids::{AppId, WebhookId};
use sandboxd_shared::store::{Connection, webhooks};
use sandboxd_shared::webhooks::WebhookSecret;
use serde::Deserialize;
use serde_json::json;

use super::url;
use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, Outcome, Post, Prefer, act};

/// Webhooks of a tenant: each costs a look with every event.
const WEBHOOKS_MAX: i64 = 20;

/// What a new webhook is like.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateWebhook {
    url: WebhookUrl,
    /// Types such as `sandbox.started`, families such as `sandbox.*`, or `*`; all if not given.
    events: Option<EventPatterns>,
    /// Only events of this app.
    app_id: Option<AppId>,
    description: Option<Description>,
}

/// 201 with the webhook and its secret, which is never shown again.
pub(crate) async fn create_webhook(
    State(api): State<Api>,
    tenant: Tenant,
    Post { body, once }: Post<CreateWebhook>,
) -> Result<Response, ApiError> {
    url::check(&api.installation, &body.url)?;
    let owner = tenant.clone();
    act(&api, &tenant, &once, Prefer(None), |conn, now| {
        Box::pin(async move {
            let (webhook, secret) = body.make(conn, &owner, now).await?;
            let location = format!("/v1/webhooks/{}", webhook.id);
            Ok(Outcome::Done(with_secret(Answer::created(location, &webhook), &webhook, &secret)))
        })
    })
    .await
}

/// An answer that shows a webhook's secret, and is kept for its idempotency key without it.
pub(super) fn with_secret(kept: Answer, webhook: &Webhook, secret: &WebhookSecret) -> Answer {
    let mut shown = json!(webhook);
    shown["secret"] = json!(secret.reveal());
    kept.shown_once_as(&shown)
}

impl CreateWebhook {
    async fn make(
        self,
        conn: &mut Connection,
        tenant: &Tenant,
        now: Timestamp,
    ) -> Result<(Webhook, WebhookSecret), ApiError> {
        if let Some(app) = self.app_id {
            lookup::app(conn, tenant, app).await?;
        }
        if webhooks::count(conn, tenant.as_str()).await? >= WEBHOOKS_MAX {
            let message = format!("there are {WEBHOOKS_MAX} webhooks already; delete one first");
            let body = ErrorBody::new(ErrorCode::Conflict, message);
            return Err(body.with_details(json!({ "limit": WEBHOOKS_MAX })).into());
        }
        let webhook = Webhook {
            id: WebhookId::generate(),
            owner: tenant.as_str().to_owned(),
            url: self.url.as_url().to_string(),
            events: self.events.unwrap_or_else(EventPatterns::all),
            app_id: self.app_id,
            description: self.description.map(|text| text.as_str().to_owned()),
            enabled: true,
            disabled_reason: None,
            failing_since: None,
            created_at: now,
            updated_at: now,
        };
        let secret = WebhookSecret::generate().map_err(|_| ApiError::Randomness)?;
        webhooks::insert(conn, &webhook, &secret.seal()).await?;
        Ok((webhook, secret))
    }
}
