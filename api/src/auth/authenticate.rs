//! The layer that lets requests in: by token, by a browser's session, or all while auth is off.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use super::options::DEFAULT_TENANT;
use super::{Caller, Peer, Tenant, Via, local_page, revocation, session};
use crate::audit::Trail;
use crate::server::Api;
use crate::web::ApiError;

/// Lets a request through with its tenant, or answers 401.
pub(crate) async fn authenticate(State(api): State<Api>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = match caller(&api, &parts).await {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    let tenant = Tenant::new(caller, Trail::of(&parts));
    parts.extensions.insert(tenant.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    let mut response = revocation::guard(&api, &tenant, response);
    // For the log line.
    response.extensions_mut().insert(tenant);
    response
}

async fn caller(api: &Api, parts: &Parts) -> Result<Caller, ApiError> {
    let headers = &parts.headers;
    if api.auth.is_off() {
        if !api.auth.allows_insecure() && local_page::is_foreign(headers) {
            return Err(ApiError::unauthorized());
        }
        let (tenant, actor) = (DEFAULT_TENANT.to_owned(), "anybody".to_owned());
        return Ok(Caller { tenant, actor, via: Via::Off });
    }
    if !headers.contains_key(AUTHORIZATION) {
        return session::resume(api, parts).await;
    }
    let token = bearer(headers).ok_or_else(ApiError::unauthorized)?;
    let peer = parts.extensions.get::<Peer>().copied();
    let holder = api.auth.holder(&api.store, peer, token).await?;
    Ok(Caller {
        tenant: holder.tenant.clone(),
        actor: format!("token:{}", holder.label),
        via: Via::Token { token: holder.hash },
    })
}

/// The token of the one `Authorization: Bearer <token>`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    token(value)
}

/// The token of `Bearer <token>`; the scheme's name has no case (RFC 9110, 11.1).
fn token(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    let plain = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    (plain && scheme.eq_ignore_ascii_case("bearer")).then_some(token)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_token_is_read_whatever_the_case_and_space_around_it(
            scheme in "[Bb][Ee][Aa][Rr][Ee][Rr]", space in " {1,3}", given in "[!-~]{1,80}", end in " {0,2}",
        ) {
            let value = HeaderValue::try_from(format!("{scheme}{space}{given}{end}")).unwrap();
            prop_assert_eq!(token(&value), Some(given.as_str()));
        }

        #[test]
        fn anything_else_is_none_or_visible(bytes in proptest::collection::vec(32u8..=255, 0..100)) {
            let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
            if let Some(token) = token(&value) {
                prop_assert!(token.bytes().all(|byte| byte.is_ascii_graphic()) && !token.is_empty());
                let is_bearer = bytes.to_ascii_lowercase().starts_with(b"bearer ");
                prop_assert!(is_bearer);
            }
        }
    }

    #[test]
    fn two_are_as_good_as_none() {
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        assert_eq!(bearer(&headers), Some("a"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        assert_eq!(bearer(&headers), None);
    }
}
