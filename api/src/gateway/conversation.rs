//! One client connection from first to last: it is cut off if it dawdles, and brought to an
//! end when the gateway goes down.
//!
//! hyper has a timer for the first of these, but makes a new one for every request.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::time::{Sleep, sleep};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::handler::Client;

/// Why a conversation ended before its connection did.
#[derive(Debug, thiserror::Error)]
#[error("the client neither sent a request head nor took its answer in time")]
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
        while self.timer.as_mut().poll(cx).is_ready() {
            let Some(left) = self.client.turns.patience(&self.client.gateway.limits) else {
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
