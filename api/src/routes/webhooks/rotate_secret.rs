//! `POST /v1/webhooks/{id}/rotate-secret`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::ids::WebhookId;
use sandboxd_shared::store::webhooks::{self, Change};
use serde::Deserialize;
use utoipa::ToSchema;

use super::create::WebhookWithSecret;
use super::secret::give_secret;
use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, Outcome, PathId, Post, Prefer, act};

/// Nothing is to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({})))]
pub(crate) struct RotateSecret {}

/// Gives a webhook a new secret
///
/// It is never shown again. For 24 hours messages are signed with the secret of before, too.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/rotate-secret", tag = "webhooks",
    params(PathId<WebhookId>),
    request_body = RotateSecret,
    responses((status = 200, description = "The webhook with its new secret", body = WebhookWithSecret)),
)]
pub(crate) async fn rotate_webhook_secret(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<WebhookId>,
    Post { once, .. }: Post<RotateSecret>,
) -> Result<Response, ApiError> {
    let (owner, keys) = (tenant.clone(), api.keys.clone());
    act(&api, &tenant, &once, Prefer(None), |conn, now| {
        Box::pin(async move {
            lookup::webhook(conn, &owner, id).await?;
            let secret = give_secret(conn, &keys, id, now).await?;
            webhooks::update(conn, id, &Change::default(), now).await?;
            let webhook = lookup::webhook(conn, &owner, id).await?;
            let shown = WebhookWithSecret::new(&webhook, &secret);
            Ok(Outcome::Done(Answer::ok(&shown).kept_as(&webhook)))
        })
    })
    .await
}
