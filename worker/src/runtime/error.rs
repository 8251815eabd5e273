//! What can go wrong with a container engine, split by what a caller does about it.

use std::error::Error as StdError;
use std::time::Duration;

use super::VolumeName;

/// The result of a runtime call.
pub type Result<T, E = RuntimeError> = std::result::Result<T, E>;

/// A failed runtime call. The text names the operation and what it was done to; the cause, where
/// there is one, is the `source`.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// Nobody answers on the engine's socket, or the connection broke.
    #[error("{operation}: the container engine is not reachable")]
    Unavailable {
        operation: String,
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The engine took the call and did not answer in time. It may still carry it out.
    #[error("{operation}: no answer from the container engine after {after:?}")]
    Timeout { operation: String, after: Duration },
    /// The thing the call is about does not exist.
    #[error("{operation}: not found ({message})")]
    NotFound { operation: String, message: String },
    /// A container with this name exists and is of another generation, sandbox or spec.
    #[error("create {name}: it exists already as {found}, not as {wanted}")]
    Stale { name: String, found: String, wanted: String },
    /// The call does not fit the state the thing is in, or the thing is not ours.
    #[error("{operation}: refused in this state ({message})")]
    Conflict { operation: String, message: String },
    /// A container, running or not, still refers to the volume.
    #[error("remove volume {volume}: a container still uses it")]
    VolumeInUse { volume: VolumeName },
    /// The volume exists with other options; an engine never changes them.
    #[error("create volume {volume}: it exists already with other options ({difference})")]
    VolumeMismatch { volume: VolumeName, difference: String },
    /// The image is not on the engine. Nothing here pulls images.
    #[error("image {image} is not on the engine; build it with `scripts/image`")]
    NoImage { image: String },
    /// The request was refused before it reached the engine.
    #[error("{what} is not valid: {why}")]
    Invalid { what: &'static str, why: String },
    /// The engine answered with something that can't be read.
    #[error("{operation}: the container engine's answer can't be read")]
    Unreadable {
        operation: String,
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The engine tried and failed; `status` is its HTTP status.
    #[error("{operation}: the container engine answered {status}: {message}")]
    Engine { operation: String, status: u16, message: String },
}

impl RuntimeError {
    /// What kind of failure it is, as metrics have it.
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "unavailable",
            Self::Timeout { .. } => "timeout",
            Self::NotFound { .. } | Self::NoImage { .. } => "not_found",
            Self::Stale { .. }
            | Self::Conflict { .. }
            | Self::VolumeInUse { .. }
            | Self::VolumeMismatch { .. } => "conflict",
            Self::Invalid { .. } => "invalid",
            Self::Unreadable { .. } => "unreadable",
            Self::Engine { .. } => "engine_error",
        }
    }

    /// Whether the same call may succeed later with nothing else changed. All calls of
    /// [`super::Runtime`] are idempotent, so a repeat is safe.
    ///
    /// A 5xx counts: engines report lack of memory, of addresses and of devices that way, beside
    /// lasting failures; the number of attempts is the caller's.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Timeout { .. } | Self::VolumeInUse { .. } => true,
            Self::Engine { status, .. } => *status >= 500,
            Self::NotFound { .. }
            | Self::Stale { .. }
            | Self::Conflict { .. }
            | Self::VolumeMismatch { .. }
            | Self::NoImage { .. }
            | Self::Invalid { .. }
            | Self::Unreadable { .. } => false,
        }
    }

    pub(super) fn unavailable(
        operation: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::Unavailable { operation: operation.into(), source: source.into() }
    }

    pub(super) fn not_found(operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self::NotFound { operation: operation.into(), message: message.into() }
    }

    pub(super) fn conflict(operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Conflict { operation: operation.into(), message: message.into() }
    }
}
