//! An answer that succeeded, as it is sent and as it is kept for an idempotency key.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use sandboxd_shared::ids::OperationId;
use sandboxd_shared::store::idempotency;
use serde::Serialize;
use serde_json::Value;

const OPERATIONS: &str = "/v1/operations/";

/// A 2xx answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    status: StatusCode,
    location: Option<String>,
    body: String,
    /// What an idempotency key replays, if not the same.
    kept: Option<String>,
}

impl Answer {
    fn with(status: StatusCode, location: Option<String>, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body)
            .expect("invariant: what we answer is representable as JSON");
        Self { status, location, body, kept: None }
    }

    /// 200
    pub(crate) fn ok(body: &impl Serialize) -> Self {
        Self::with(StatusCode::OK, None, body)
    }

    /// 200 with a body that is JSON already.
    pub(crate) fn ok_as_is(body: String) -> Self {
        Self { status: StatusCode::OK, location: None, body, kept: None }
    }

    /// 201 for what is now at `location`.
    pub(crate) fn created(location: String, body: &impl Serialize) -> Self {
        Self::with(StatusCode::CREATED, Some(location), body)
    }

    /// 202 with the operation that does the work.
    pub(crate) fn accepted(operation: OperationId, body: &impl Serialize) -> Self {
        Self::with(StatusCode::ACCEPTED, Some(format!("{OPERATIONS}{operation}")), body)
    }

    /// 204
    pub(crate) fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, location: None, body: String::new(), kept: None }
    }

    /// The same answer, replayed with another body: what was in it is neither to be stored nor to be
    /// shown twice. (What can be made again for a replay: [`super::act_with_secret`].)
    pub(crate) fn kept_as(mut self, body: &impl Serialize) -> Self {
        self.kept = Some(Self::with(self.status, None, body).body);
        self
    }

    /// The same answer with a changed body, for what must not be kept.
    pub(super) fn completed(mut self, change: impl FnOnce(&mut Value)) -> Self {
        if let Ok(mut body) = serde_json::from_str(&self.body) {
            change(&mut body);
            self.body = body.to_string();
        }
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Where what it tells of is.
    pub(crate) fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// The operation that a 202 is about.
    pub(crate) fn operation(&self) -> Option<OperationId> {
        if self.status != StatusCode::ACCEPTED {
            return None;
        }
        self.location.as_deref()?.strip_prefix(OPERATIONS)?.parse().ok()
    }

    /// The form that is kept for the request with this fingerprint.
    pub(crate) fn to_kept(&self, fingerprint: &str) -> idempotency::Answer {
        idempotency::Answer {
            fingerprint: fingerprint.to_owned(),
            status: i64::from(self.status.as_u16()),
            location: self.location.clone(),
            body: self.kept.as_ref().unwrap_or(&self.body).clone(),
        }
    }

    /// The answer that was kept; none if the row holds no HTTP status.
    pub(crate) fn from_kept(kept: idempotency::Answer) -> Option<Self> {
        let status = StatusCode::from_u16(u16::try_from(kept.status).ok()?).ok()?;
        Some(Self { status, location: kept.location, body: kept.body, kept: None })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let headers = response.headers_mut();
        if let Some(location) = self.location.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(LOCATION, location);
        }
        if self.status == StatusCode::ACCEPTED {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.status != StatusCode::NO_CONTENT {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *response.body_mut() = Body::from(self.body);
        }
        response
    }
}
