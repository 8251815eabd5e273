//! What the gateway must know about sandboxes, and whom it asks to wake one.

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::watch;

/// Where a sandbox is in its life; the states of the API's Sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Its first start is under way.
    Creating,
    /// It has an address and may be dialled.
    Running,
    /// A start is under way.
    Starting,
    /// A stop is under way.
    Stopping,
    /// It sleeps and may be woken.
    Stopped,
    /// Its workspace is being replaced; it may run again after.
    Restoring,
    /// It is going for good.
    Deleting,
    /// It failed and needs its owner.
    Error,
}

/// What is known of one sandbox at one moment.
#[derive(Debug, Clone)]
pub struct Route {
    /// The sandbox id, a ULID in lower case.
    pub sandbox: String,
    /// Its state.
    pub status: Status,
    /// Its address, only while it runs.
    pub address: Option<IpAddr>,
    /// Grows whenever the address may have changed hands. A pool of one generation is never
    /// used for another, even if the address reads the same.
    pub generation: u64,
    /// Since when this generation runs, as near as the directory knows; if it doesn't know,
    /// when it first saw it. Decides whether a refused connection means "still starting".
    pub since: Instant,
    /// The ports that may be previewed.
    pub ports: Vec<u16>,
    /// Whether anyone may see the preview.
    pub public: bool,
    /// The name of the app, for pages. Written by a client: hostile text.
    pub app_name: String,
}

/// What a preview token opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The sandbox, a ULID in lower case.
    pub sandbox: String,
    /// The one port; none opens all.
    pub port: Option<u16>,
    /// For how long from now.
    pub expires_in: Duration,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoGrant {
    /// It is forged, has expired or was revoked.
    Never,
    /// It is genuine and was made just now; the directory hasn't heard of it yet.
    NotYet,
}

/// The table of routes, and of tokens. Read on every request: look-ups must not block.
pub trait Directory: Send + Sync {
    /// The route of a sandbox (a ULID in lower case), or none if there is no such sandbox.
    fn lookup(&self, sandbox: &str) -> Option<Arc<Route>>;
    /// What a token opens at this moment.
    ///
    /// # Errors
    /// [`NoGrant`] if that is nothing.
    fn grant(&self, token: &str) -> Result<Grant, NoGrant>;
    /// A counter that moves after any change of any route or token.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// Starts sandboxes and keeps them from idling out.
#[async_trait]
pub trait Waker: Send + Sync {
    /// Asks for a start. Returns once the wish is recorded, not once the sandbox runs.
    ///
    /// # Errors
    /// See [`WakeError`].
    async fn wake(&self, sandbox: &str) -> Result<(), WakeError>;
    /// Notes that somebody uses the sandbox. Called on every request: must be cheap.
    fn touch(&self, sandbox: &str);
}

/// Why a sandbox can't be woken.
#[derive(Debug, thiserror::Error)]
pub enum WakeError {
    /// No memory, disk or worker to take it; later may do.
    #[error("no capacity to start the sandbox")]
    Capacity,
    /// Its owner may not run one more; later may do.
    #[error("the quota of running sandboxes is used up")]
    Quota,
    /// It is gone, or in a state that can't be started from.
    #[error("the sandbox can't be started from its present state")]
    NotWakeable,
    /// Recording the wish failed.
    #[error("recording the wake-up failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}
