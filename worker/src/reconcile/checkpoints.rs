//! Checkpoints that newer ones have made superfluous.

use sandboxd_shared::jobs::delete_snapshot::{Reason, delete};
use sandboxd_shared::store::checkpoints;

use super::Reconciler;
use crate::runner::JobError;

/// Checkpoints that one transaction deletes: a writer is never held up for long.
const BATCH: i64 = 20;
/// Batches that one look deletes; the rest waits for the next.
const BATCHES_MAX: usize = 50;

impl Reconciler {
    /// Deletes what is more than the newest checkpoints of each app.
    pub(super) async fn prune_checkpoints(&self) -> Result<(), JobError> {
        // Most times there are none, and then nothing is to be written.
        for _ in 0..BATCHES_MAX {
            if self.checkpoints_kept == 0 || !self.prune_some_checkpoints().await? {
                break;
            }
        }
        Ok(())
    }

    /// Says whether there may be more.
    async fn prune_some_checkpoints(&self) -> Result<bool, JobError> {
        let (node, keep) = (&self.node, self.checkpoints_kept);
        let mut conn = self.store.read().await?;
        if checkpoints::superfluous(&mut conn, node, keep, 1).await?.is_empty() {
            return Ok(false);
        }
        drop(conn);
        let mut tx = self.store.write().await?;
        // Again: since then an operation may have begun that needs one.
        let found = checkpoints::superfluous(&mut tx, node, keep, BATCH).await?;
        let now = self.store.clock().now();
        for checkpoint in &found {
            tracing::info!(snapshot.id = %checkpoint.id, app.id = %checkpoint.source_app_id,
                "deleting an old checkpoint");
            delete(&mut tx, checkpoint, Reason::Retention, now).await?;
        }
        tx.commit().await?;
        Ok(i64::try_from(found.len()).is_ok_and(|count| count >= BATCH))
    }
}
