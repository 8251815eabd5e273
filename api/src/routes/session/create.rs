//! `POST /v1/session`: a token becomes a cookie.

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::store::audit;
use serde::Deserialize;
use serde_json::json;

use crate::audit::Trail;
use crate::auth::{Peer, session};
use crate::limits;
use crate::server::Api;
use crate::web::{Answer, ApiError, read_json};

/// Who signs in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateSession {
    token: String,
}

/// 201 with a cookie that scripts can't read, and the token that writes have to repeat. An
/// idempotency key changes nothing: such an answer isn't kept.
pub(crate) async fn create_session(
    State(api): State<Api>,
    peer: Option<Extension<Peer>>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let trail = Trail::of(&parts);
    if !session::may_sign_in(&parts.headers) {
        return Err(ApiError::not_let_in("another site's page may not sign in"));
    }
    let asked = parts.headers.clone();
    let body: CreateSession = read_json(Request::from_parts(parts, body)).await?;
    if api.auth.is_off() {
        let hint = "auth is off: no session is needed";
        return Err(ErrorBody::new(ErrorCode::Conflict, hint).into());
    }
    let peer = peer.map(|Extension(peer)| peer);
    let holder = api.auth.holder(&api.store, peer, body.token.trim()).await?;
    limits::count(&api, holder.tenant())?;
    let mut tx = api.store.write().await?;
    let now = api.store.clock().now();
    let opened = session::open(&mut tx, &holder, now).await?;
    let actor = format!("token:{}", holder.label());
    let entry = trail.entry(holder.tenant(), &actor, Some(StatusCode::CREATED), now);
    audit::append(&mut tx, &entry).await?;
    tx.commit_quietly().await?;
    let answer = json!({
        "tenant": holder.tenant(),
        "csrf_token": opened.csrf,
        "expires_at": opened.expires_at,
    });
    let mut response = Answer::created("/v1/session".to_owned(), &answer).into_response();
    opened.set_cookie(&asked, response.headers_mut());
    Ok(response)
}
