//! Tells the waker that a sandbox is in use while bytes flow, without telling it each time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::directory::Waker;
use super::host::SandboxName;

/// Bytes on one stream count as activity at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(1);

/// The activity of one stream: a body, or a tunnel with its two directions. Costs nothing
/// until bytes flow, since most bodies are of one piece.
pub(crate) struct Activity {
    waker: Arc<dyn Waker>,
    sandbox: SandboxName,
    started: OnceLock<Instant>,
    /// Milliseconds after `started` at which bytes last flowed, and at which it was told.
    last: AtomicU64,
    told: AtomicU64,
}

impl Activity {
    /// The request that the stream belongs to has counted already.
    pub(crate) fn new(waker: &Arc<dyn Waker>, sandbox: SandboxName) -> Self {
        let (last, told) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { waker: Arc::clone(waker), sandbox, started: OnceLock::new(), last, told }
    }

    /// Bytes flowed.
    pub(crate) fn note(&self) {
        let elapsed = self.started().elapsed().as_millis();
        let now = u64::try_from(elapsed).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
        let told = self.told.load(Ordering::Relaxed);
        if now.saturating_sub(told) >= TOUCH_EVERY.as_millis() as u64 {
            self.told.store(now, Ordering::Relaxed);
            self.waker.touch(self.sandbox.as_str());
        }
    }

    /// When bytes last flowed, or when it was first asked.
    pub(crate) fn last(&self) -> Instant {
        *self.started() + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }

    fn started(&self) -> &Instant {
        self.started.get_or_init(Instant::now)
    }
}
