//! Tells the waker that a sandbox is in use while bytes flow, without telling it each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::directory::Waker;
use super::host::SandboxName;

/// Bytes on one stream count as activity at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(5);

/// The activity of one stream: a body, or a tunnel with its two directions.
pub(crate) struct Activity {
    waker: Arc<dyn Waker>,
    sandbox: SandboxName,
    started: Instant,
    /// Milliseconds after `started` at which bytes last flowed, and at which it was told.
    last: AtomicU64,
    told: AtomicU64,
}

impl Activity {
    /// The request that the stream belongs to has counted already.
    pub(crate) fn new(waker: Arc<dyn Waker>, sandbox: SandboxName) -> Self {
        let zero = || AtomicU64::new(0);
        Self { waker, sandbox, started: Instant::now(), last: zero(), told: zero() }
    }

    /// Bytes flowed.
    pub(crate) fn note(&self) {
        let now = self.elapsed_ms();
        self.last.store(now, Ordering::Relaxed);
        let told = self.told.load(Ordering::Relaxed);
        if now.saturating_sub(told) >= TOUCH_EVERY.as_millis() as u64 {
            self.told.store(now, Ordering::Relaxed);
            self.waker.touch(self.sandbox.as_str());
        }
    }

    /// When bytes last flowed.
    pub(crate) fn last(&self) -> Instant {
        self.started + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
