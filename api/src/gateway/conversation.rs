//! One client connection from first to last: it is cut off if it dawdles, and brought to an
//! end when the gateway goes down.
//!
//! hyper has a timer for the first of these, but makes a new one for every request.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::handler::Client;

/// In place of a time: a request is being answered.
const BUSY: u64 = u64::MAX;

/// Whose turn it is: ours, or the client's to send the next request head.
pub(crate) struct Turns {
    connected: Instant,
    /// Milliseconds after `connected` since when we wait for the client, or `BUSY`.
    waiting_since: AtomicU64,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self { connected: Instant::now(), waiting_since: AtomicU64::new(0) }
    }

    /// A request head has arrived.
    pub(crate) fn begin(&self) {
        self.waiting_since.store(BUSY, Ordering::Relaxed);
    }

    fn end(&self) {
        let now = u64::try_from(self.connected.elapsed().as_millis()).unwrap_or(BUSY - 1);
        self.waiting_since.store(now, Ordering::Relaxed);
    }

    /// How long the client has kept us waiting for a request head.
    fn waited(&self) -> Duration {
        match self.waiting_since.load(Ordering::Relaxed) {
            BUSY => Duration::ZERO,
            since => self.connected.elapsed().saturating_sub(Duration::from_millis(since)),
        }
    }
}

/// Kept with the answer; when the answer is through, it is the client's turn again.
pub(crate) struct Turn(pub(crate) Arc<Client>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.turns.end();
    }
}

/// Why a conversation ended before its connection did.
#[derive(Debug, thiserror::Error)]
#[error("no request head arrived in time")]
pub(crate) struct Dawdled;

/// Drives a connection. Must be polled by one task from first to last, as a spawned future
/// is: the bell and the timer are polled only when they may have something to say.
pub(crate) struct Conversation<F, D> {
    connection: Pin<Box<F>>,
    client: Arc<Client>,
    on_drain: Option<D>,
    bell: Pin<Box<WaitForCancellationFutureOwned>>,
    timer: Pin<Box<Sleep>>,
    started: bool,
}

impl<F, D> Conversation<F, D>
where
    F: Future,
    D: FnOnce(Pin<&mut F>) + Unpin,
{
    /// `on_drain` asks the connection to end after the request that it has, if any.
    pub(crate) fn new(connection: F, client: Arc<Client>, on_drain: D) -> Self {
        Self {
            connection: Box::pin(connection),
            on_drain: Some(on_drain),
            bell: Box::pin(client.gateway.draining.bell()),
            timer: Box::pin(sleep(client.gateway.limits.header_read)),
            client,
            started: false,
        }
    }

    /// Ready once the client has been waited for too long.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let limit = self.client.gateway.limits.header_read;
        while self.timer.as_mut().poll(cx).is_ready() {
            let Some(left) = limit.checked_sub(self.client.turns.waited()).filter(|l| !l.is_zero())
            else {
                return Poll::Ready(());
            };
            self.timer.as_mut().reset(tokio::time::Instant::now() + left);
        }
        Poll::Pending
    }
}

impl<F, D> Future for Conversation<F, D>
where
    F: Future,
    D: FnOnce(Pin<&mut F>) + Unpin,
{
    type Output = Result<F::Output, Dawdled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if !this.started {
            this.started = true;
            let _ = this.bell.as_mut().poll(cx);
            let _ = this.timer.as_mut().poll(cx);
        }
        if this.client.gateway.draining.has_begun()
            && let Some(on_drain) = this.on_drain.take()
        {
            on_drain(this.connection.as_mut());
        }
        if let Poll::Ready(output) = this.connection.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        if this.timer.is_elapsed() && this.poll_patience(cx).is_ready() {
            return Poll::Ready(Err(Dawdled));
        }
        Poll::Pending
    }
}
