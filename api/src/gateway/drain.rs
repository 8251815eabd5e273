//! A future that also listens for shutdown, at no cost while there is none.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

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
}

/// Drives `inner` and calls `on_drain` on it once when draining begins.
pub(crate) struct DrainOn<F, D> {
    inner: F,
    on_drain: Option<D>,
    draining: Draining,
    /// Registered with the token on the first poll; the task's waker stays the same after.
    bell: Pin<Box<WaitForCancellationFutureOwned>>,
    registered: bool,
}

impl<F, D> DrainOn<F, D>
where
    F: Future + Unpin,
    D: FnOnce(Pin<&mut F>) + Unpin,
{
    /// Must be polled by one task from first to last, as a spawned future is.
    pub(crate) fn new(inner: F, draining: &Draining, on_drain: D) -> Self {
        Self {
            inner,
            on_drain: Some(on_drain),
            draining: draining.clone(),
            bell: Box::pin(draining.token.clone().cancelled_owned()),
            registered: false,
        }
    }
}

impl<F, D> Future for DrainOn<F, D>
where
    F: Future + Unpin,
    D: FnOnce(Pin<&mut F>) + Unpin,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        if !this.registered {
            this.registered = true;
            let _ = this.bell.as_mut().poll(cx);
        }
        if this.draining.has_begun()
            && let Some(on_drain) = this.on_drain.take()
        {
            on_drain(Pin::new(&mut this.inner));
        }
        Pin::new(&mut this.inner).poll(cx)
    }
}
