//! The process's one reading of the timeline: new events are read once and told to all streams
//! and waits, however many there are.
//!
//! Nothing is missed. A listener that begins to listen and then reads the database up to its end
//! has all that was committed before, and is told of all that is committed after; what it hears
//! twice it knows by the id. Where that chain breaks (at the start, after a failure of the
//! database, or when a listener falls behind) the listener is told to look again.

use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::domain::Event;
use sandboxd_shared::feed::Changes;
use sandboxd_shared::ids::EventId;
use sandboxd_shared::store::{Store, StoreError, events};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

/// Events held for listeners that are behind; one that is further behind reads the database.
const HELD: usize = 1024;
/// Events read at a time.
const BATCH: i64 = 200;
/// How long to wait after a failure of the database.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What listeners are told.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    /// An event, in the order of ids.
    Event(Arc<News>),
    /// Something may have been missed: the database has it.
    LookAgain,
}

/// An event with what all listeners would work out for themselves.
#[derive(Debug)]
pub(crate) struct News {
    /// Whose it is.
    pub(crate) owner: String,
    /// What happened.
    pub(crate) event: Event,
    /// The event as JSON.
    pub(crate) json: String,
}

/// Tells of new events.
#[derive(Debug, Clone)]
pub(crate) struct Timeline(broadcast::Sender<Told>);

impl Timeline {
    /// Follows the database until `shutdown`.
    pub(crate) fn follow(store: Store, changes: &Changes, shutdown: CancellationToken) -> Self {
        let (sender, _) = broadcast::channel(HELD);
        let teller = Teller { store, changes: changes.receiver(), sender: sender.clone() };
        tokio::spawn(async move { shutdown.run_until_cancelled(teller.run()).await });
        Self(sender)
    }

    /// A listener that hears what is told from now on.
    pub(crate) fn subscribe(&self) -> Heard {
        Heard(self.0.subscribe())
    }
}

/// A listener.
#[derive(Debug)]
pub(crate) struct Heard(broadcast::Receiver<Told>);

impl Heard {
    /// What is told next.
    pub(crate) async fn next(&mut self) -> Told {
        match self.0.recv().await {
            Ok(told) => told,
            Err(RecvError::Lagged(_)) => Told::LookAgain,
            // `Timeline` holds a sender, and outlives the requests that listen.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

struct Teller {
    store: Store,
    changes: watch::Receiver<u64>,
    sender: broadcast::Sender<Told>,
}

impl Teller {
    async fn run(mut self) {
        while let Err(error) = self.tell().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "reading the timeline failed");
            tokio::time::sleep(AFTER_FAILURE).await;
        }
    }

    /// Tells of what comes from now on; ends when the feed of changes does.
    async fn tell(&mut self) -> Result<(), StoreError> {
        let mut last = events::newest(&mut *self.store.read().await?).await?;
        self.say(Told::LookAgain);
        loop {
            // Marked before the look, so that what is committed after the look wakes us.
            self.changes.mark_unchanged();
            while self.tell_batch(&mut last).await? {}
            if self.changes.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// Tells of what is new. True if there may be more.
    async fn tell_batch(&self, last: &mut Option<EventId>) -> Result<bool, StoreError> {
        let fresh = events::of_all_after(&mut *self.store.read().await?, *last, BATCH).await?;
        let more = i64::try_from(fresh.len()).is_ok_and(|count| count == BATCH);
        for (owner, event) in fresh {
            *last = Some(event.id);
            let json = to_json(&event);
            self.say(Told::Event(Arc::new(News { owner, event, json })));
        }
        Ok(more)
    }

    /// Nobody listening is fine.
    fn say(&self, told: Told) {
        let _ = self.sender.send(told);
    }
}

/// An event as streams carry it.
pub(crate) fn to_json(event: &Event) -> String {
    serde_json::to_string(event).expect("invariant: our own types are representable as JSON")
}
