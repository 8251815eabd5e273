//! `POST /v1/webhooks`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{
    Description, ErrorBody, ErrorCode, EventPatterns, Webhook, WebhookUrl,
};
use sandboxd_shared::ids::{AppId, WebhookId};
use sandboxd_shared::secrets::Keys;
use sandboxd_shared::store::{Connection, webhooks};
use sandboxd_shared::webhooks::WebhookSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::secret::give_secret;
use super::url;
use crate::auth::Tenant;
use crate::openapi::{NotFound, TooManyRequests};
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, Outcome, Post, Prefer, act};

/// Webhooks of a tenant: each costs a look with every event.
const WEBHOOKS_MAX: i64 = 20;
/// Seconds after which it may make sense to ask again; only a deletion makes room.
const RETRY_AFTER_S: i64 = 30;

/// What a new webhook is like.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "url": "https://hooks.example.com/sandboxd", "events": ["sandbox.*", "app.created"]
})))]
pub(crate) struct CreateWebhook {
    url: WebhookUrl,
    /// Types such as `sandbox.started`, families such as `sandbox.*`, or `*`; all if not given.
    events: Option<EventPatterns>,
    /// Only events of this app.
    app_id: Option<AppId>,
    description: Option<Description>,
}

/// Makes a webhook
///
/// The answer has the secret that messages are signed with (Standard Webhooks); it is never shown
/// again. A replayed answer doesn't have it. A tenant has at most 20 webhooks; one more answers 429
/// `quota_exceeded`.
#[utoipa::path(
    post, path = "/v1/webhooks", tag = "webhooks",
    request_body = CreateWebhook,
    responses(
        (status = 201, description = "It gets events from now on", body = WebhookWithSecret),
        NotFound, TooManyRequests,
    ),
)]
pub(crate) async fn create_webhook(
    State(api): State<Api>,
    tenant: Tenant,
    Post { body, once }: Post<CreateWebhook>,
) -> Result<Response, ApiError> {
    url::check(&api.installation, &body.url)?;
    let (owner, keys) = (tenant.clone(), api.keys.clone());
    act(&api, &tenant, &once, Prefer(None), |conn, now| {
        Box::pin(async move {
            let (webhook, secret) = body.make(conn, &owner, &keys, now).await?;
            let location = format!("/v1/webhooks/{}", webhook.id);
            let shown = WebhookWithSecret::new(&webhook, &secret);
            Ok(Outcome::Done(Answer::created(location, &shown).kept_as(&webhook)))
        })
    })
    .await
}

/// A webhook with its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookWithSecret {
    #[serde(flatten)]
    webhook: Webhook,
    /// What messages are signed with. Missing where an answer is replayed.
    #[schema(required = false, examples("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))]
    secret: String,
}

impl WebhookWithSecret {
    pub(super) fn new(webhook: &Webhook, secret: &WebhookSecret) -> Self {
        Self { webhook: webhook.clone(), secret: secret.reveal() }
    }
}

impl CreateWebhook {
    async fn make(
        self,
        conn: &mut Connection,
        tenant: &Tenant,
        keys: &Keys,
        now: Timestamp,
    ) -> Result<(Webhook, WebhookSecret), ApiError> {
        if let Some(app) = self.app_id {
            lookup::app(conn, tenant, app).await?;
        }
        let used = webhooks::count(conn, tenant.as_str()).await?;
        if used >= WEBHOOKS_MAX {
            return Err(too_many(used).into());
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
        webhooks::insert(conn, &webhook).await?;
        let secret = give_secret(conn, keys, webhook.id, now).await?;
        Ok((webhook, secret))
    }
}

/// 429 in the shape of all quotas, though operators can't change this one.
fn too_many(used: i64) -> ErrorBody {
    let message = format!("a tenant has at most {WEBHOOKS_MAX} webhooks; delete one first");
    ErrorBody::new(ErrorCode::QuotaExceeded, message).with_details(json!({
        "quota": "webhooks", "limit": WEBHOOKS_MAX, "used": used, "retry_after_s": RETRY_AFTER_S,
    }))
}
