//! `DELETE /v1/session`: signing out.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use sandboxd_shared::store::sessions;

use crate::audit;
use crate::auth::{Tenant, Via, session};
use crate::server::Api;
use crate::web::{Answer, ApiError};

/// Signs out
///
/// The cookie is worth nothing any more, and the streams that it opened end. A caller without one has
/// nothing to end.
#[utoipa::path(
    delete, path = "/v1/session", tag = "tenants",
    responses((status = 204, description = "It has ended",
        headers(("Set-Cookie" = String, description = "Takes the cookie away")))),
)]
pub(crate) async fn delete_session(
    State(api): State<Api>,
    tenant: Tenant,
) -> Result<Response, ApiError> {
    let answer = Answer::no_content();
    if let Via::Session { hash, .. } = &tenant.caller().via {
        let mut tx = api.store.write().await?;
        sessions::delete(&mut tx, hash).await?;
        audit::commit(tx, &tenant, &answer, None, api.store.clock().now()).await?;
        api.auth.tell_of_change();
    }
    let mut response = answer.into_response();
    session::clear_cookie(response.headers_mut());
    Ok(response)
}
