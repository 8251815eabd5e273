//! The word that the gateway is going down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Whether the gateway is going down. Cheap to ask on every poll: polling a
/// `CancellationToken` takes a lock that all connections would share.
#[derive(Clone)]
pub(crate) struct Draining {
    begun: Arc<AtomicBool>,
    token: CancellationToken,
}

impl Draining {
    pub(crate) fn new() -> Self {
        Self { begun: Arc::default(), token: CancellationToken::new() }
    }

    pub(crate) fn begin(&self) {
        self.begun.store(true, Ordering::Release);
        self.token.cancel();
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    pub(crate) async fn begun(&self) {
        self.token.cancelled().await;
    }

    pub(crate) fn bell(&self) -> WaitForCancellationFutureOwned {
        self.token.clone().cancelled_owned()
    }
}
