//! Sandboxes whose workspace holds more than it may are stopped.
//!
//! Counting costs what was written since the last seal, so it is done one after the other and with
//! pauses: it takes a tenth of one core at most.

use std::time::{Duration, Instant};

use sandboxd_shared::domain::Sandbox;
use sandboxd_shared::jobs::RunningTask;
use sandboxd_shared::jobs::stop_sandbox::{self, StopReason};
use sandboxd_shared::store::{Store, StoreError, sandboxes};
use tokio_util::sync::CancellationToken;

use super::upkeep::refused;
use crate::sandbox::Storage;

/// How long a round over all running sandboxes takes at least.
const ROUND: Duration = Duration::from_secs(10);
/// Pauses, in times of what the counting before took.
const REST: u32 = 9;

/// The watch over the sizes of a node's workspaces, by the worker that leads.
#[derive(Debug, Clone)]
pub struct Oversized {
    /// The database.
    pub store: Store,
    /// The node.
    pub node: String,
    /// The bytes.
    pub storage: Storage,
}

impl Oversized {
    /// Goes round until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let rounds = async {
            loop {
                let begun = Instant::now();
                if let Err(error) = self.once().await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the sizes of workspaces are not known; they are looked at again"
                    );
                }
                tokio::time::sleep(ROUND.saturating_sub(begun.elapsed())).await;
            }
        };
        shutdown.run_until_cancelled(rounds).await;
    }

    /// Looks at every running sandbox once.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn once(&self) -> Result<(), StoreError> {
        let running = sandboxes::at_work(&mut *self.store.read().await?, &self.node).await?;
        for sandbox in running {
            let begun = Instant::now();
            match self.storage.excess(&sandbox).await {
                Ok(None) => {}
                Ok(Some(bytes)) => self.stop(&sandbox, bytes).await?,
                // It may be on its way elsewhere by now.
                Err(error) => tracing::debug!(
                    sandbox.id = %sandbox.id, error = &error as &dyn std::error::Error,
                    "the size of a workspace"
                ),
            }
            tokio::time::sleep(begun.elapsed() * REST).await;
        }
        Ok(())
    }

    async fn stop(&self, seen: &Sandbox, bytes: u64) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        let now = self.store.clock().now();
        let Some(row) = sandboxes::get(&mut tx, seen.id).await? else { return tx.rollback().await };
        // Another workspace than the one that was counted.
        if row.generation != seen.generation {
            return tx.rollback().await;
        }
        let (reason, running) = (StopReason::DiskLimit, RunningTask::Cancel);
        if refused(stop_sandbox::accept(&mut tx, &row, reason, running, now).await)? {
            return tx.rollback().await;
        }
        sandboxes::note_too_large(&mut tx, row.id, now).await?;
        tracing::warn!(
            sandbox.id = %row.id, workspace.bytes = bytes, limit.bytes = row.limits.disk_bytes,
            "a workspace holds more than it may: stopping its sandbox"
        );
        tx.commit().await
    }
}
