//! An answer that succeeded, as it is sent and as it is kept for an idempotency key.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use sandboxd_shared::ids::OperationId;
use sandboxd_shared::store::idempotency;
use serde::Serialize;

const OPERATIONS: &str = "/v1/operations/";

/// A 2xx answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    status: StatusCode,
    location: Option<String>,
    body: String,
    /// What the first to ask sees in place of the body, which is what is kept.
    shown_once: Option<String>,
}

impl Answer {
    fn with(status: StatusCode, location: Option<String>, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body)
            .expect("invariant: what we answer is representable as JSON");
        Self { status, location, body, shown_once: None }
    }

    /// The same answer with a body that is sent once and never kept: it holds a secret.
    pub(crate) fn shown_once_as(mut self, body: &impl Serialize) -> Self {
        self.shown_once = Some(Self::with(self.status, None, body).body);
        self
    }

    /// 200
    pub(crate) fn ok(body: &impl Serialize) -> Self {
        Self::with(StatusCode::OK, None, body)
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
        let (status, body) = (StatusCode::NO_CONTENT, String::new());
        Self { status, location: None, body, shown_once: None }
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
            body: self.body.clone(),
        }
    }

    /// The answer that was kept; none if the row holds no HTTP status.
    pub(crate) fn from_kept(kept: idempotency::Answer) -> Option<Self> {
        let status = StatusCode::from_u16(u16::try_from(kept.status).ok()?).ok()?;
        Some(Self { status, location: kept.location, body: kept.body, shown_once: None })
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
            *response.body_mut() = Body::from(self.shown_once.unwrap_or(self.body));
        }
        response
    }
}
