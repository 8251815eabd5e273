//! Old rows: answered pokes, forgotten keys, and what is past its retention.

use std::time::Duration;

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::store::{
    audit, claim, events, idempotency, operations, preview_tokens, queue, task_history, webhooks,
};

use super::Reconciler;
use crate::process::liveness;
use crate::runner::JobError;

/// How long answered pokes are kept.
const POKES_KEPT: Duration = Duration::from_mins(10);
/// Rows of a kind that one transaction removes: a writer is never held up for long.
const BATCH: i64 = 2_000;
/// Tasks that one transaction removes.
const TASKS_BATCH: i64 = 10;
/// Batches that one look removes; the rest waits for the next.
const BATCHES_MAX: usize = 50;
/// How long the log of a webhook's deliveries is kept, if events are kept for longer.
const DELIVERIES_KEPT: Duration = Duration::from_hours(30 * 24);
/// Messages that may wait for a webhook.
const WAITING_MAX: i64 = 10_000;

impl Reconciler {
    /// Removes some old rows, and lock files of workers and sandboxes that are gone.
    pub(super) async fn prune(&self) -> Result<(), JobError> {
        let now = self.store.clock().now();
        for _ in 0..BATCHES_MAX {
            if !self.prune_batch(now).await? {
                break;
            }
        }
        self.prune_tasks(now).await?;
        let mut conn = self.store.read().await?;
        let owners = claim::lease_owners(&mut conn, &self.node).await?;
        drop(conn);
        liveness::sweep(&self.worker_locks, &owners);
        let rows = self.sandboxes().await?;
        let keep: Vec<String> = rows.keys().map(sandboxd_shared::ids::SandboxId::lower).collect();
        self.locks.sweep(|key| keep.iter().any(|known| known == key));
        self.store.optimize().await?;
        Ok(())
    }

    /// Each goes with its output: up to thousands of rows.
    async fn prune_tasks(&self, now: Timestamp) -> Result<(), JobError> {
        let Some(kept) = self.retention else { return Ok(()) };
        for _ in 0..BATCHES_MAX {
            let mut tx = self.store.write().await?;
            let gone = task_history::prune(&mut tx, now.minus(kept), TASKS_BATCH).await?;
            tx.commit_quietly().await?;
            if i64::try_from(gone).is_ok_and(|gone| gone < TASKS_BATCH) {
                break;
            }
        }
        Ok(())
    }

    /// Says whether there may be more.
    async fn prune_batch(&self, now: Timestamp) -> Result<bool, JobError> {
        let mut tx = self.store.write().await?;
        let mut most = queue::prune(&mut tx, now.minus(POKES_KEPT), BATCH).await?;
        idempotency::prune(&mut tx, now).await?;
        most = most.max(preview_tokens::prune(&mut tx, now, BATCH).await?);
        if let Some(kept) = self.retention {
            most = most.max(events::prune(&mut tx, now.minus(kept), BATCH).await?);
            most = most.max(audit::prune(&mut tx, now.minus(kept), BATCH).await?);
            most = most.max(operations::prune(&mut tx, now.minus(kept), BATCH).await?);
        }
        let kept = self.retention.unwrap_or(DELIVERIES_KEPT).min(DELIVERIES_KEPT);
        most = most.max(webhooks::prune(&mut tx, now.minus(kept), BATCH).await?);
        most = most.max(webhooks::trim(&mut tx, WAITING_MAX, BATCH, now).await?);
        tx.commit_quietly().await?;
        Ok(i64::try_from(most).is_ok_and(|most| most >= BATCH))
    }
}
