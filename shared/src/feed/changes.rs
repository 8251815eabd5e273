//! The one feed of changes that everything in a process hangs on: streams, waits, the gateway's
//! table, the job queue. A number that grows whenever somebody has committed.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Listener;
use crate::store::{Store, StoreError};

/// How often the database itself is asked whether a ring was missed.
const FALLBACK_TICK: Duration = Duration::from_millis(500);
/// How long to wait after a failure of the socket or the database.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// A feed of changes. Clones see the same changes.
#[derive(Debug, Clone)]
pub struct Changes(watch::Receiver<u64>);

impl Changes {
    /// Follows the database until `shutdown`.
    #[must_use]
    pub fn follow(store: Store, listener: Listener, shutdown: CancellationToken) -> Self {
        let (sender, receiver) = watch::channel(0);
        tokio::spawn(async move {
            shutdown.run_until_cancelled(follow(store, listener, sender)).await;
        });
        Self(receiver)
    }

    /// A feed driven by hand, for tests.
    #[must_use]
    pub fn manual() -> (watch::Sender<u64>, Self) {
        let (sender, receiver) = watch::channel(0);
        (sender, Self(receiver))
    }

    /// Waits for a change since the last call on this clone. Ends at once when the feed has ended.
    pub async fn changed(&mut self) {
        let _ = self.0.changed().await;
    }

    /// Marks what has happened so far as seen.
    pub fn mark_seen(&mut self) {
        self.0.mark_unchanged();
    }

    /// The underlying channel.
    #[must_use]
    pub fn receiver(&self) -> watch::Receiver<u64> {
        self.0.clone()
    }
}

async fn follow(store: Store, listener: Listener, sender: watch::Sender<u64>) {
    loop {
        if let Err(error) = follow_connected(&store, &listener, &sender).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the change feed stumbled");
            sender.send_modify(|n| *n += 1);
            tokio::time::sleep(AFTER_FAILURE).await;
        }
    }
}

async fn follow_connected(
    store: &Store,
    listener: &Listener,
    sender: &watch::Sender<u64>,
) -> Result<(), StoreError> {
    let mut conn = store.read().await?;
    let mut version = Store::data_version(&mut conn).await?;
    let mut tick = tokio::time::interval(FALLBACK_TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let rung = tokio::select! {
            rung = listener.rung() => { rung.map_err(|error| StoreError::Database(error.into()))?; true }
            _ = tick.tick() => false,
        };
        let now = Store::data_version(&mut conn).await?;
        if rung || now != version {
            version = now;
            sender.send_modify(|n| *n += 1);
        }
    }
}
