//! `GET /v1/session`: who is asking.

use sandboxd_shared::clock::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{Tenant, Via};
use crate::web::Answer;

/// Who asks, and how that is known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"tenant": "alice", "auth": "token"})))]
pub(crate) struct Session {
    tenant: String,
    auth: How,
    /// What writes by this session have to repeat.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    csrf_token: Option<String>,
    /// When this session ends unless it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires_at: Option<Timestamp>,
}

/// How a caller is known.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum How {
    Token,
    Session,
    /// Auth is off: everybody is the tenant `default`.
    Off,
}

/// Tells who is asking
#[utoipa::path(
    get, path = "/v1/session", tag = "tenants",
    responses((status = 200, description = "The caller", body = Session)),
)]
pub(crate) async fn get_session(tenant: Tenant) -> Answer {
    let (auth, csrf_token, expires_at) = match &tenant.caller().via {
        Via::Off => (How::Off, None, None),
        Via::Token { .. } => (How::Token, None, None),
        Via::Session { csrf, expires_at, .. } => {
            (How::Session, Some(csrf.clone()), Some(*expires_at))
        }
    };
    let tenant = tenant.as_str().to_owned();
    Answer::ok(&Session { tenant, auth, csrf_token, expires_at })
}
