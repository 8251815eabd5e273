//! `GET /v1/webhooks/{id}`

use axum::extract::State;
use sandboxd_shared::ids::WebhookId;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId};

/// The webhook, without its secret.
pub(crate) async fn get_webhook(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<WebhookId>,
) -> Result<Answer, ApiError> {
    let webhook = lookup::webhook(&mut *api.store.read().await?, &tenant, id).await?;
    Ok(Answer::ok(&webhook))
}
