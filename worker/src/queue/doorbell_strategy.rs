//! When apalis looks for pokes: at each ring of the doorbell, and at a slow tick in case one was
//! missed. apalis' own interval, back-off and stream strategies lose wake-ups.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use apalis_core::backend::ext::poll_strategy::{PollSnapshot, PollStrategy};
use futures::Stream;
use sandboxd_shared::feed::Changes;
use tokio_stream::wrappers::WatchStream;

/// How often the queue is looked at without a ring.
const TICK: Duration = Duration::from_millis(500);

/// A strategy that drives the backend at each change.
#[derive(Debug)]
pub(super) struct DoorbellStrategy {
    changes: WatchStream<u64>,
    tick: tokio::time::Interval,
}

impl DoorbellStrategy {
    pub(super) fn new(changes: &Changes) -> Self {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        Self { changes: WatchStream::new(changes.receiver()), tick }
    }
}

impl PollStrategy for DoorbellStrategy {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        // Both are drained until they are pending, so that both have the waker.
        let mut ready = false;
        while let Poll::Ready(Some(_)) = Pin::new(&mut self.changes).poll_next(cx) {
            ready = true;
        }
        while self.tick.poll_tick(cx).is_ready() {
            ready = true;
        }
        if ready { Poll::Ready(Some(())) } else { Poll::Pending }
    }
}
