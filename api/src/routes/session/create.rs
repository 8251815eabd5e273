//! `POST /v1/session`: a token becomes a cookie.

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::store::audit;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::Trail;
use crate::auth::{Peer, session};
use crate::limits;
use crate::openapi::{
    Capacity, Conflict, Internal, InvalidRequest, TooLarge, TooManyRequests, Unauthorized,
    UnsupportedMediaType,
};
use crate::server::Api;
use crate::web::{Answer, ApiError, read_json};

/// Who signs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"token": "sbx_3f1c"})))]
pub(crate) struct CreateSession {
    token: String,
}

/// A session that was made; its secret is in the cookie alone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "tenant": "alice", "csrf_token": "5d41", "expires_at": "2026-11-24T20:30:00.000Z",
})))]
pub(crate) struct NewSession {
    tenant: String,
    /// What writes by this session have to repeat as `X-CSRF-Token`.
    csrf_token: String,
    /// When it ends unless it is used.
    expires_at: Timestamp,
}

/// Signs a browser in
///
/// A token becomes a cookie that scripts can't read. It lasts 12 hours from its last use, 7 days at
/// most, and no longer than its token. An `Idempotency-Key` changes nothing: such an answer isn't
/// kept.
#[utoipa::path(
    post, path = "/v1/session", tag = "tenants",
    security(()),
    request_body = CreateSession,
    responses(
        (status = 201, description = "Signed in", body = NewSession,
            headers(("Set-Cookie" = String, description = "The session"))),
        InvalidRequest, Unauthorized, Conflict, TooLarge, UnsupportedMediaType, TooManyRequests,
        Internal, Capacity,
    ),
)]
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
    let answer = NewSession {
        tenant: holder.tenant().to_owned(),
        csrf_token: opened.csrf.clone(),
        expires_at: opened.expires_at,
    };
    let mut response = Answer::created("/v1/session".to_owned(), &answer).into_response();
    opened.set_cookie(&asked, response.headers_mut());
    Ok(response)
}
