//! Why the node service doesn't do what it is asked, and what it answers then: the public part of
//! the error as JSON, which the API passes on.

use std::io;

use axum::Json;
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::store::StoreError;
use serde_json::json;

use crate::runner::JobError;

/// Why something isn't done.
#[derive(Debug, thiserror::Error)]
pub(super) enum NodeError {
    /// The client is told all of it.
    #[error(transparent)]
    Refused(#[from] ErrorBody),
    /// The body is larger than it may be.
    #[error("{0}")]
    TooLarge(ErrorBody),
    /// The sandbox doesn't answer, or not so that it can be understood.
    #[error("the sandbox did not answer")]
    NoAnswer(#[source] io::Error),
    /// Ours.
    #[error("the node service failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl NodeError {
    /// 400 that names a parameter.
    pub(super) fn field(field: &str, what: &str) -> Self {
        let body = ErrorBody::new(ErrorCode::InvalidRequest, format!("{field}: {what}"));
        Self::Refused(body.with_details(json!({ "field": field })))
    }

    /// 413
    pub(super) fn too_large(message: &str) -> Self {
        Self::TooLarge(ErrorBody::new(ErrorCode::InvalidRequest, message))
    }

    /// 503
    pub(super) fn busy(message: &str) -> Self {
        Self::Refused(ErrorBody::new(ErrorCode::Capacity, message))
    }

    pub(super) fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Failed(Box::new(error))
    }

    /// The sandbox said what can't be understood.
    pub(super) fn unreadable(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::NoAnswer(io::Error::new(io::ErrorKind::InvalidData, why))
    }
}

impl From<StoreError> for NodeError {
    fn from(error: StoreError) -> Self {
        Self::failed(error)
    }
}

impl From<JobError> for NodeError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Fail { public, cause } | JobError::Retry { public, cause } => {
                if let Some(cause) = cause {
                    tracing::warn!(error = &*cause as &dyn std::error::Error, %public,
                        "a workspace could not be opened");
                }
                Self::Refused(public)
            }
            error => Self::failed(error),
        }
    }
}

impl IntoResponse for NodeError {
    /// The status only says whether the body has an error: the API knows each code's own.
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::Refused(body) => (StatusCode::CONFLICT, body),
            Self::TooLarge(body) => (StatusCode::PAYLOAD_TOO_LARGE, body),
            Self::NoAnswer(error) => {
                tracing::debug!(%error, "a sandbox did not answer");
                let message = "the sandbox did not answer; look at its status, and start it again \
                               if it doesn't come back";
                let body = ErrorBody::new(ErrorCode::SandboxUnavailable, message);
                (StatusCode::BAD_GATEWAY, body)
            }
            Self::Failed(error) => {
                let error = &*error as &dyn std::error::Error;
                tracing::error!(error, "the node service failed");
                let message = "the node service failed; the worker's log says why";
                (StatusCode::INTERNAL_SERVER_ERROR, ErrorBody::new(ErrorCode::Internal, message))
            }
        };
        (status, Json(body)).into_response()
    }
}
