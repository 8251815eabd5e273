//! The tenant of a request.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use super::options::DEFAULT_TENANT;
use super::{Auth, local_page};
use crate::web::ApiError;

/// Who asks. Every query names it as the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tenant(Arc<str>);

impl Tenant {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Tenant {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        // A route outside of the authenticated ones has no tenant to give.
        parts.extensions.get::<Self>().cloned().ok_or_else(ApiError::unauthorized)
    }
}

/// Lets a request through with its tenant, or answers 401.
pub(crate) async fn authenticate(
    State(auth): State<Arc<Auth>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(tenant) = tenant_of(&auth, request.headers()) else {
        return ApiError::unauthorized().into_response();
    };
    request.extensions_mut().insert(tenant.clone());
    let mut response = next.run(request).await;
    // For the log line.
    response.extensions_mut().insert(tenant);
    response
}

fn tenant_of(auth: &Auth, headers: &HeaderMap) -> Option<Tenant> {
    if auth.is_off() {
        let trusted = auth.allows_insecure() || !local_page::is_foreign(headers);
        return trusted.then(|| Tenant(DEFAULT_TENANT.into()));
    }
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    auth.tenant_of(bearer(value)?).map(|name| Tenant(name.into()))
}

/// The token of `Bearer <token>`; the scheme's name has no case (RFC 9110, 11.1).
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
