//! `DELETE /v1/webhooks/{id}`

use axum::extract::State;
use sandboxd_shared::ids::WebhookId;
use sandboxd_shared::store::webhooks;

use crate::audit;
use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId};

/// Deletes a webhook
///
/// What waits to be sent goes with it.
#[utoipa::path(
    delete, path = "/v1/webhooks/{id}", tag = "webhooks",
    params(PathId<WebhookId>),
    responses((status = 204, description = "It is gone")),
)]
pub(crate) async fn delete_webhook(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<WebhookId>,
) -> Result<Answer, ApiError> {
    let mut tx = api.store.write().await?;
    lookup::webhook(&mut tx, &tenant, id).await?;
    webhooks::delete(&mut tx, id).await?;
    let answer = Answer::no_content();
    audit::commit(tx, &tenant, &answer, None, api.store.clock().now()).await?;
    Ok(answer)
}
