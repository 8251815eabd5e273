//! `GET /v1/session`: who is asking.

use sandboxd_shared::clock::Timestamp;
use serde::Serialize;

use crate::auth::{Tenant, Via};
use crate::web::Answer;

/// Who asks, and how that is known.
#[derive(Debug, Serialize)]
struct SessionView<'a> {
    tenant: &'a str,
    /// `token`, `session`, or `off`.
    auth: &'static str,
    /// What writes by this session have to repeat.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<&'a str>,
    /// When this session ends unless it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

/// The caller.
pub(crate) async fn get_session(tenant: Tenant) -> Answer {
    let (auth, csrf_token, expires_at) = match &tenant.caller().via {
        Via::Off => ("off", None, None),
        Via::Token { .. } => ("token", None, None),
        Via::Session { csrf, expires_at, .. } => ("session", Some(&**csrf), Some(*expires_at)),
    };
    Answer::ok(&SessionView { tenant: tenant.as_str(), auth, csrf_token, expires_at })
}
