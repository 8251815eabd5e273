//! The body of every answer that isn't a success.

use sandboxd_shared::domain::ErrorBody;
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request wasn't done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorAnswer {
    error: HttpError,
}

/// An error with the request that it answers.
#[derive(Debug, Serialize, ToSchema)]
struct HttpError {
    #[serde(flatten)]
    body: ErrorBody,
    /// As in `X-Request-Id`.
    #[schema(examples("01JD4X8QK3M5N7P9R1S3T5V7W9"))]
    request_id: String,
}

impl ErrorAnswer {
    pub(crate) fn new(body: ErrorBody, request_id: impl Into<String>) -> Self {
        Self { error: HttpError { body, request_id: request_id.into() } }
    }
}
