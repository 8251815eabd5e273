//! `Idempotency-Key`: what identifies a POST, so that repeating it does its work once.

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue};
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::store::{Connection, StoreError, idempotency};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Answer, ApiError, json};
use crate::auth::Tenant;
use crate::server::Api;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(super) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const KEY_MAX: usize = 255;

/// The key of a request, and what the request was.
#[derive(Debug, Clone)]
pub(crate) struct Once {
    key: Option<String>,
    fingerprint: String,
}

/// A POST: its body, and its idempotency key.
#[derive(Debug)]
pub(crate) struct Post<T> {
    pub(crate) body: T,
    pub(crate) once: Once,
}

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Post<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let key = key(request.headers())?;
        let target = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        let bytes = json::read(request).await?;
        let body = json::parse(&bytes)?;
        let fingerprint = if key.is_some() { fingerprint(&target, &bytes) } else { String::new() };
        Ok(Self { body, once: Once { key, fingerprint } })
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let wrong = |what: &str| Err(ApiError::field("Idempotency-Key", what));
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return wrong("there must be one");
    }
    match value.to_str() {
        Ok(key) if !key.bytes().all(|byte| byte.is_ascii_graphic()) => {
            wrong("must be visible ASCII")
        }
        Ok(key) if (1..=KEY_MAX).contains(&key.len()) => Ok(Some(key.to_owned())),
        Ok(_) => wrong("must have 1 to 255 characters"),
        Err(_) => wrong("must be visible ASCII"),
    }
}

/// What the request was, whatever the order and spacing of its body.
fn fingerprint(target: &str, body: &[u8]) -> String {
    // serde_json keeps an object's keys sorted.
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    blake3::hash(format!("POST {target}\n{body}").as_bytes()).to_hex().to_string()
}

impl Once {
    /// A request that has no key, because repeating it is harmless by itself.
    pub(crate) fn unkeyed() -> Self {
        Self { key: None, fingerprint: String::new() }
    }

    /// The same request known by a hash of a hash: `blind` makes it useless for guessing a secret
    /// in the body. Whatever it hashes with, an equal request must be hashed with the same.
    pub(crate) fn blinded<E>(
        self,
        blind: impl FnOnce(&str) -> Result<String, E>,
    ) -> Result<Self, E> {
        if self.key.is_none() {
            return Ok(self);
        }
        Ok(Self { fingerprint: blind(&self.fingerprint)?, key: self.key })
    }

    /// The answer that an equal request got.
    ///
    /// # Errors
    /// 422 if another request had the key.
    pub(super) async fn given(
        &self,
        conn: &mut Connection,
        tenant: &Tenant,
        now: Timestamp,
    ) -> Result<Option<Answer>, ApiError> {
        let Some(key) = &self.key else { return Ok(None) };
        match idempotency::find(conn, tenant.as_str(), key, now).await? {
            Some(kept) if kept.fingerprint != self.fingerprint => Err(ErrorBody::new(
                ErrorCode::IdempotencyMismatch,
                "the Idempotency-Key was used for another request; use a new one",
            )
            .into()),
            Some(kept) => Ok(Answer::from_kept(kept)),
            None => Ok(None),
        }
    }

    /// The answer that an equal request got, for work that is no transaction.
    ///
    /// # Errors
    /// 422 if another request had the key.
    pub(crate) async fn replayed(
        &self,
        api: &Api,
        tenant: &Tenant,
    ) -> Result<Option<Response>, ApiError> {
        if !self.has_key() {
            return Ok(None);
        }
        let now = api.store.clock().now();
        let given = self.given(&mut *api.store.read().await?, tenant, now).await?;
        Ok(given.map(|answer| {
            let mut response = answer.into_response();
            let replayed = HeaderValue::from_static("true");
            response.headers_mut().insert(IDEMPOTENCY_REPLAYED, replayed);
            response
        }))
    }

    /// Keeps the answer of work that is no transaction.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn kept(
        &self,
        api: &Api,
        tenant: &Tenant,
        answer: &Answer,
    ) -> Result<(), StoreError> {
        if !self.has_key() {
            return Ok(());
        }
        let mut tx = api.store.write().await?;
        self.keep(&mut tx, tenant, answer, api.store.clock().now()).await?;
        tx.commit_quietly().await
    }

    /// Whether answers are to be kept.
    pub(crate) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Keeps the answer for equal requests to come.
    pub(super) async fn keep(
        &self,
        conn: &mut Connection,
        tenant: &Tenant,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(key) = &self.key else { return Ok(()) };
        let kept = answer.to_kept(&self.fingerprint);
        idempotency::keep(conn, tenant.as_str(), key, &kept, now).await
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Option<Result<Option<String>, ApiError>> {
        let value = HeaderValue::from_bytes(bytes).ok()?;
        Some(key(&HeaderMap::from_iter([(IDEMPOTENCY_KEY, value)])))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_visible_key_is_kept_as_it_is(text in "[!-~]{1,255}") {
            let found = read(text.as_bytes());
            prop_assert!(matches!(found, Some(Ok(Some(found))) if found == text));
        }

        #[test]
        fn any_other_is_refused(bytes in proptest::collection::vec(1u8..=255, 0..300)) {
            match read(&bytes) {
                Some(Ok(Some(found))) => prop_assert!((1..=KEY_MAX).contains(&found.len())),
                Some(Ok(None)) => prop_assert!(false, "there was one"),
                Some(Err(_)) | None => {}
            }
        }

        #[test]
        fn the_order_of_a_body_makes_no_other_request(a in any::<i32>(), b in "[a-z]{0,9}") {
            let one = format!("{{\"a\": {a}, \"b\":\"{b}\"}}");
            let other = format!("{{ \"b\": \"{b}\",\n\"a\":{a}}}");
            let print = |body: &str| fingerprint("/v1/apps", body.as_bytes());
            prop_assert_eq!(print(&one), print(&other));
            prop_assert_ne!(print(&one), fingerprint("/v1/others", one.as_bytes()));
        }
    }
}
