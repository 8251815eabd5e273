//! The errors that a client sees: one shape for HTTP answers and for failed operations.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::text_enum;

text_enum! {
    /// What went wrong, as clients may rely on it.
    ErrorCode {
        /// 400, 413, 415: the request itself is wrong.
        InvalidRequest = "invalid_request",
        /// 401
        Unauthorized = "unauthorized",
        /// 404, also where something is another tenant's.
        NotFound = "not_found",
        /// 405
        MethodNotAllowed = "method_not_allowed",
        /// 409: the state forbids it; `details` says which state.
        Conflict = "conflict",
        /// 409: `details.operation_id` names the one in the way.
        OperationInProgress = "operation_in_progress",
        /// 409: `details.task_id` names the one in the way.
        TaskInProgress = "task_in_progress",
        /// 422: the same idempotency key with another request.
        IdempotencyMismatch = "idempotency_mismatch",
        /// 429: too often; `details` says which limit.
        RateLimited = "rate_limited",
        /// 429: too much; `details` says which quota.
        QuotaExceeded = "quota_exceeded",
        /// 502: the sandbox did not answer.
        SandboxUnavailable = "sandbox_unavailable",
        /// 503: no memory, disk, engine or worker to take it.
        Capacity = "capacity",
        /// 500
        Internal = "internal",
    }
}

impl ErrorCode {
    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Self::OperationInProgress
                | Self::TaskInProgress
                | Self::RateLimited
                | Self::QuotaExceeded
                | Self::SandboxUnavailable
                | Self::Capacity
                | Self::Internal
        )
    }
}

/// The public part of an error. Its message says what to do and never holds a cause's internals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, ToSchema)]
#[error("{code}: {message}")]
pub struct ErrorBody {
    /// The stable code.
    pub code: ErrorCode,
    /// For a person.
    pub message: String,
    /// Whether to try again.
    pub retryable: bool,
    /// Flags, ids and states that a program may want.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    pub details: Option<serde_json::Value>,
}

impl ErrorBody {
    /// An error without details.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retryable: code.retryable(), details: None }
    }

    /// The same error with details.
    #[must_use]
    pub fn with_details(mut self, details: serde_json::Value) -> Self {
        self.details = Some(details);
        self
    }

    /// 404 for `what`, the same for an unknown id and for another tenant's.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("there is no such {what}"))
    }

    /// 409 naming the operation in the way.
    #[must_use]
    pub fn in_progress(operation: impl std::fmt::Display) -> Self {
        let id = operation.to_string();
        Self::new(
            ErrorCode::OperationInProgress,
            format!("operation {id} is under way; wait until it has finished, or cancel it"),
        )
        .with_details(serde_json::json!({ "operation_id": id }))
    }

    /// 409 naming the task in the way.
    #[must_use]
    pub fn task_in_progress(task: impl std::fmt::Display) -> Self {
        let id = task.to_string();
        Self::new(
            ErrorCode::TaskInProgress,
            format!("task {id} is under way; wait until it has ended, or cancel it"),
        )
        .with_details(serde_json::json!({ "task_id": id }))
    }
}
