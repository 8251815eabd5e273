//! `GET /v1/webhooks/{id}`

use axum::extract::State;
use sandboxd_shared::domain::Webhook;
use sandboxd_shared::ids::WebhookId;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId};

/// Gives a webhook, without its secret
#[utoipa::path(
    get, path = "/v1/webhooks/{id}", tag = "webhooks",
    params(PathId<WebhookId>),
    responses((status = 200, description = "The webhook", body = Webhook)),
)]
pub(crate) async fn get_webhook(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<WebhookId>,
) -> Result<Answer, ApiError> {
    let webhook = lookup::webhook(&mut *api.store.read().await?, &tenant, id).await?;
    Ok(Answer::ok(&webhook))
}
