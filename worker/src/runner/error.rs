//! How a job ends when it doesn't succeed, and what clients are told of it.

use std::error::Error as StdError;

use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::store::StoreError;

use crate::failpoint::Injected;
use crate::runtime::RuntimeError;
use crate::workspace;

/// Why a job did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It may succeed later.
    #[error("{public}")]
    Retry {
        /// What clients are told if it doesn't.
        public: ErrorBody,
        /// For the log.
        #[source]
        cause: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// It will never succeed.
    #[error("{public}")]
    Fail {
        /// What clients are told.
        public: ErrorBody,
        /// For the log.
        #[source]
        cause: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// It isn't wanted any more: what it was accepted for has passed.
    #[error("{0}")]
    Moot(&'static str),
    /// Somebody wants it to end.
    #[error("cancelled")]
    Cancelled,
    /// This worker ends, and what the job waits for goes on without it: the next one waits on.
    #[error("handed back: this worker ends")]
    HandBack,
    /// Another worker has it.
    #[error("another worker has taken the operation over")]
    Lost,
}

impl JobError {
    /// A failure that a retry can't mend.
    #[must_use]
    pub fn fail(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Fail { public: ErrorBody::new(code, message), cause: None }
    }

    /// A failure that may pass.
    #[must_use]
    pub fn retry(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Retry { public: ErrorBody::new(code, message), cause: None }
    }
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        let public = ErrorBody::new(ErrorCode::Internal, "the database failed");
        Self::Retry { public, cause: Some(Box::new(error)) }
    }
}

impl From<Injected> for JobError {
    fn from(error: Injected) -> Self {
        let public = ErrorBody::new(ErrorCode::Internal, "a crash point made this fail");
        Self::Retry { public, cause: Some(Box::new(error)) }
    }
}

impl From<RuntimeError> for JobError {
    fn from(error: RuntimeError) -> Self {
        let (code, message) = match &error {
            RuntimeError::Unavailable { .. } => (
                ErrorCode::Capacity,
                "the container engine is not reachable; check on the host that Docker runs"
                    .to_owned(),
            ),
            RuntimeError::Timeout { .. } => (
                ErrorCode::Capacity,
                "the container engine did not answer in time; the host may be overloaded"
                    .to_owned(),
            ),
            RuntimeError::NoImage { image } => (
                ErrorCode::Internal,
                format!("image {image} is not on the engine; build it with scripts/image"),
            ),
            _ => (
                ErrorCode::Internal,
                "the container engine refused; the worker's log says why".into(),
            ),
        };
        let public = ErrorBody::new(code, message);
        let retry = error.is_retryable();
        let cause: Option<Box<dyn StdError + Send + Sync>> = Some(Box::new(error));
        if retry { Self::Retry { public, cause } } else { Self::Fail { public, cause } }
    }
}

impl From<workspace::Error> for JobError {
    fn from(error: workspace::Error) -> Self {
        let public = if is_disk_full(&error) {
            ErrorBody::new(
                ErrorCode::Capacity,
                "the disk is full; delete snapshots or apps, or add room, and try again",
            )
        } else {
            ErrorBody::new(
                ErrorCode::Internal,
                "the workspace's storage failed; the worker's log says why",
            )
        };
        Self::Retry { public, cause: Some(Box::new(error)) }
    }
}

fn is_disk_full(error: &workspace::Error) -> bool {
    match error {
        workspace::Error::Io { source, .. } => matches!(
            source.kind(),
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
        ),
        // GNU cp in the C locale says it in these words.
        workspace::Error::CopyFailed { output, .. } => output.contains("No space left on device"),
        _ => false,
    }
}
