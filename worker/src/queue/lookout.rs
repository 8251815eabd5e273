//! When apalis is to look for pokes: when there are some. apalis' own interval, back-off and stream
//! strategies lose wake-ups, and each of its looks takes the write lock of the database.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use apalis_core::backend::ext::poll_strategy::{PollSnapshot, PollStrategy};
use futures::Stream;
use sandboxd_shared::domain::QueueClass;
use sandboxd_shared::feed::Changes;
use sandboxd_shared::store::{Store, StoreError, queue};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_stream::wrappers::WatchStream;
use tokio_util::sync::CancellationToken;

/// How often the queues are looked at without a ring of the doorbell, in case one was missed or
/// apalis has put back what a dead worker had taken.
const TICK: Duration = Duration::from_millis(500);

/// Looks for pokes at each ring of the doorbell, once for all queues of a process.
#[derive(Debug)]
pub struct Lookout {
    store: Store,
    changes: Changes,
    names: Vec<String>,
    rings: Vec<watch::Sender<u64>>,
}

impl Lookout {
    /// A lookout for queues of a node, and for each of them what rings when it has pokes.
    #[must_use]
    pub fn new(
        store: Store,
        changes: Changes,
        node: &str,
        classes: &[QueueClass],
    ) -> (Self, Vec<watch::Receiver<u64>>) {
        let names = classes.iter().map(|class| queue::name(node, *class)).collect();
        let (rings, rung) = classes.iter().map(|_| watch::channel(0)).unzip();
        (Self { store, changes, names, rings }, rung)
    }

    /// Looks until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut changes = self.changes.receiver();
        let mut follows = true;
        loop {
            // What is committed after the look wakes us.
            changes.mark_unchanged();
            self.look().await;
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = tick.tick() => {}
                // A feed that has ended is always ready; the ticks go on without it.
                changed = changes.changed(), if follows => follows = changed.is_ok(),
            }
        }
    }

    async fn look(&self) {
        // What can't be seen is for apalis to find, and to complain of.
        let waiting = self.waiting().await.unwrap_or_else(|_| self.names.clone());
        for (name, ring) in self.names.iter().zip(&self.rings) {
            if waiting.contains(name) {
                ring.send_modify(|n| *n += 1);
            }
        }
    }

    async fn waiting(&self) -> Result<Vec<String>, StoreError> {
        queue::waiting(&mut *self.store.read().await?, &self.names).await
    }
}

/// The strategy that has apalis look when its queue is rung for.
#[derive(Debug)]
pub(super) struct Rung(WatchStream<u64>);

impl Rung {
    pub(super) fn new(rings: &watch::Receiver<u64>) -> Self {
        Self(WatchStream::new(rings.clone()))
    }
}

impl PollStrategy for Rung {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        // Drained until it is pending, so that it has the waker.
        let mut ready = false;
        while let Poll::Ready(Some(_)) = Pin::new(&mut self.0).poll_next(cx) {
            ready = true;
        }
        if ready { Poll::Ready(Some(())) } else { Poll::Pending }
    }
}
