//! The one place that maps errors to HTTP.

use std::error::Error;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::jobs::Refusal;
use sandboxd_shared::store::StoreError;
use serde_json::json;

use crate::limits::write_refusal;

/// Seconds after which a client that was refused for lack of capacity may come again.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("5");

/// Why a request isn't done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The client is told all of it.
    #[error(transparent)]
    Client(#[from] ErrorBody),
    /// The same, with a status that its code alone doesn't say.
    #[error("{1}")]
    WithStatus(StatusCode, ErrorBody),
    /// The log is told of it.
    #[error(transparent)]
    Store(StoreError),
    /// The kernel gave no random bytes.
    #[error("no random bytes could be had")]
    Randomness,
    /// A handler panicked.
    #[error("the handler panicked")]
    Panic,
}

/// What a failed request answers, for the envelope to write.
#[derive(Debug, Clone)]
pub(crate) struct Failure(pub(crate) ErrorBody);

/// What the log is told of a failed request.
#[derive(Debug, Clone)]
pub(crate) struct Cause(pub(crate) Arc<dyn Error + Send + Sync>);

impl ApiError {
    /// 400 that names a field or parameter.
    pub(crate) fn field(field: &str, what: impl std::fmt::Display) -> Self {
        let body = ErrorBody::new(ErrorCode::InvalidRequest, format!("{field}: {what}"));
        Self::Client(body.with_details(json!({ "field": field })))
    }

    /// 400
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Client(ErrorBody::new(ErrorCode::InvalidRequest, message))
    }

    /// 401
    pub(crate) fn unauthorized() -> Self {
        let hint = "send a valid token as \"Authorization: Bearer <token>\"";
        Self::Client(ErrorBody::new(ErrorCode::Unauthorized, hint))
    }

    /// 401 with what to do about it.
    pub(crate) fn not_let_in(hint: &str) -> Self {
        Self::Client(ErrorBody::new(ErrorCode::Unauthorized, hint))
    }

    /// 429 for one that was wrong about its token too often.
    pub(crate) fn too_many_attempts(retry_after_s: i64) -> Self {
        let message = "too many wrong tokens came from this address; come again later";
        let body = ErrorBody::new(ErrorCode::RateLimited, message);
        Self::Client(body.with_details(json!({ "retry_after_s": retry_after_s })))
    }

    /// 404
    pub(crate) fn not_found(what: &str) -> Self {
        Self::Client(ErrorBody::not_found(what))
    }

    fn parts(&self) -> (StatusCode, ErrorBody) {
        match self {
            Self::Client(body) => (status_of(body.code), body.clone()),
            Self::WithStatus(status, body) => (*status, body.clone()),
            Self::Store(error) if is_busy(error) => {
                let body = ErrorBody::new(ErrorCode::Capacity, "the database is busy; try again");
                (StatusCode::SERVICE_UNAVAILABLE, body)
            }
            Self::Store(_) | Self::Randomness | Self::Panic => {
                let message = "something went wrong on our side; the log has it by request id";
                let body = ErrorBody::new(ErrorCode::Internal, message);
                (StatusCode::INTERNAL_SERVER_ERROR, body)
            }
        }
    }
}

/// The status of an error's code.
fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidRequest => StatusCode::BAD_REQUEST,
        ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::Conflict | ErrorCode::OperationInProgress | ErrorCode::TaskInProgress => {
            StatusCode::CONFLICT
        }
        ErrorCode::IdempotencyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::RateLimited | ErrorCode::QuotaExceeded => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::SandboxUnavailable => StatusCode::BAD_GATEWAY,
        ErrorCode::Capacity => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Whether others kept the database or its connections for longer than we wait.
fn is_busy(error: &StoreError) -> bool {
    match error {
        StoreError::Database(sqlx::Error::PoolTimedOut) => true,
        // SQLITE_BUSY with its extended codes (sqlite.org/rescode.html).
        StoreError::Database(sqlx::Error::Database(database)) => database
            .code()
            .and_then(|code| code.parse::<u32>().ok())
            .is_some_and(|code| code & 0xff == 5),
        _ => false,
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Client(body) => Self::Client(body),
            Refusal::Store(error) => Self::Store(error),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, body) = self.parts();
        let mut response = status.into_response();
        match body.code {
            ErrorCode::Capacity => {
                response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_S);
            }
            ErrorCode::Unauthorized => {
                let scheme = HeaderValue::from_static("Bearer");
                response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
            }
            ErrorCode::RateLimited | ErrorCode::QuotaExceeded => {
                write_refusal(response.headers_mut(), &body);
            }
            _ => {}
        }
        response.extensions_mut().insert(Failure(body));
        if matches!(self, Self::Store(_) | Self::Randomness | Self::Panic) {
            response.extensions_mut().insert(Cause(Arc::new(self)));
        }
        response
    }
}
