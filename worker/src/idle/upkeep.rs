//! When to look.

use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::jobs::Refusal;
use sandboxd_shared::store::{Store, StoreError};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::sandbox::Capacity;

/// How often the rows and the host's memory are looked at.
const TICK: Duration = Duration::from_secs(1);

/// When sandboxes are stopped for want of use or of memory.
#[derive(Debug, Clone, Copy)]
pub struct IdleSettings {
    /// How long a sandbox that says nothing else may be idle; zero = for ever.
    pub idle_after: Duration,
    /// Below so many free bytes of the host the longest idle sandboxes are stopped; 0 = never.
    pub pressure_below: u64,
}

/// The upkeep of a node's sandboxes, by the worker that leads.
#[derive(Debug, Clone)]
pub struct Upkeep {
    /// The database.
    pub store: Store,
    /// The node.
    pub node: String,
    /// What the host has to spare.
    pub capacity: Arc<dyn Capacity>,
    /// When sandboxes are stopped.
    pub settings: IdleSettings,
}

impl Upkeep {
    /// Looks at intervals until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = shutdown.cancelled() => return,
            }
            if let Err(error) = self.once().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the upkeep of sandboxes failed; it is tried again"
                );
            }
        }
    }

    /// One look at everything.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn once(&self) -> Result<(), StoreError> {
        self.stop_idle().await?;
        self.relieve_memory().await?;
        self.start_always_on().await
    }
}

/// Whether an operation was refused. What its acceptance has written by then must be taken back: a
/// quota refuses after the rows are there.
pub(super) fn refused<T>(result: Result<T, Refusal>) -> Result<bool, StoreError> {
    match result {
        Ok(_) => Ok(false),
        Err(Refusal::Client(_)) => Ok(true),
        Err(Refusal::Store(error)) => Err(error),
    }
}
