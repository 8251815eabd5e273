//! Why a request isn't forwarded, and what the client is told.

use http::StatusCode;

use super::pool::ConnectError;

/// The reasons, from the client's fault to ours. The text is for the client: no cause in it;
/// where there is one, it is the source, for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("The request is malformed: {0}.")]
    Malformed(&'static str),
    #[error("There is no such preview.")]
    NotFound,
    #[error("Only GET and HEAD are served here.")]
    MethodNotAllowed,
    #[error("This preview is private. Open it with a link that its owner made for you.")]
    Unauthorised,
    /// The same for a genuine token that the gateway hasn't heard of; it may be too new.
    #[error("This preview is private. Open it with a link that its owner made for you.")]
    NotHeardOf,
    #[error(
        "This link to a private preview doesn't open it any more: it has expired or was revoked. \
         Ask its owner for a new one."
    )]
    LinkInvalid,
    /// Not a failure: the sandbox comes up, and a browser gets a page that waits for it.
    #[error("The sandbox is starting.")]
    Warming { app_name: String },
    #[error("Too many requests wait for this sandbox to start.")]
    TooManyHeld,
    #[error("The sandbox did not come up in time.")]
    HoldExpired,
    #[error("There is no capacity to start the sandbox now.")]
    NoCapacity,
    #[error(
        "The sandbox sleeps, and its owner has as many running as their quota allows. Try again \
         when one of the others has stopped."
    )]
    NoQuota,
    #[error("The sandbox could not be started.")]
    WakeFailed,
    #[error("The sandbox is in an error state. Start it again, or look at its timeline.")]
    SandboxFailed,
    #[error("Too many connections to this preview are open.")]
    TooManyConnections,
    #[error(
        "Nothing answers on this port of the sandbox. Check that the development server runs \
         and listens on 0.0.0.0, and look at its logs."
    )]
    AppRefused(#[source] ConnectError),
    #[error("The application closed the connection or sent an answer that is not HTTP.")]
    AppFailed(#[source] Option<hyper::Error>),
    #[error("The application did not answer in time.")]
    AppTimeout,
    #[error("The gateway is shutting down.")]
    ShuttingDown,
}

impl Refusal {
    /// The status of the answer.
    ///
    /// The waiting page is a 503, not a 200: caches, crawlers, monitors and service workers
    /// must not take it for the app, and browsers show the body of a 503 all the same.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unauthorised | Self::NotHeardOf | Self::LinkInvalid => StatusCode::UNAUTHORIZED,
            Self::Warming { .. }
            | Self::TooManyHeld
            | Self::HoldExpired
            | Self::NoCapacity
            | Self::NoQuota
            | Self::WakeFailed
            | Self::TooManyConnections
            | Self::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
            Self::SandboxFailed | Self::AppRefused(_) | Self::AppFailed(_) | Self::AppTimeout => {
                StatusCode::BAD_GATEWAY
            }
        }
    }

    /// The code of the API's error envelope.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "invalid_request",
            Self::NotFound => "not_found",
            Self::NoQuota => "quota_exceeded",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Unauthorised | Self::NotHeardOf | Self::LinkInvalid => "unauthorized",
            Self::TooManyHeld | Self::NoCapacity | Self::TooManyConnections => "capacity",
            Self::Warming { .. }
            | Self::HoldExpired
            | Self::WakeFailed
            | Self::ShuttingDown
            | Self::SandboxFailed
            | Self::AppRefused(_)
            | Self::AppFailed(_)
            | Self::AppTimeout => "sandbox_unavailable",
        }
    }

    /// The reason as metrics have it.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Unauthorised | Self::NotHeardOf | Self::LinkInvalid => "unauthorized",
            Self::Warming { .. } => "warming",
            Self::TooManyHeld => "too_many_held",
            Self::HoldExpired => "hold_expired",
            Self::NoCapacity => "no_capacity",
            Self::NoQuota => "no_quota",
            Self::WakeFailed => "wake_failed",
            Self::SandboxFailed => "sandbox_failed",
            Self::TooManyConnections => "too_many_connections",
            Self::AppRefused(_) => "app_refused",
            Self::AppFailed(_) => "app_failed",
            Self::AppTimeout => "app_timeout",
            Self::ShuttingDown => "shutting_down",
        }
    }

    /// Whether the same request may do better later, without anybody's doing.
    pub(crate) fn retryable(&self) -> bool {
        !matches!(
            self,
            Self::Malformed(_)
                | Self::NotFound
                | Self::MethodNotAllowed
                | Self::Unauthorised
                | Self::LinkInvalid
                | Self::SandboxFailed
        )
    }

    /// Seconds for `Retry-After`, on every 503.
    pub(crate) fn retry_after(&self) -> Option<u16> {
        match self {
            Self::Warming { .. } | Self::TooManyHeld | Self::ShuttingDown => Some(1),
            Self::HoldExpired | Self::WakeFailed | Self::TooManyConnections => Some(5),
            Self::NoCapacity => Some(10),
            Self::NoQuota => Some(30),
            _ => None,
        }
    }
}
