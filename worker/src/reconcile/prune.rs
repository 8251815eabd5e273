//! Old rows: answered pokes, forgotten keys, and what is past its retention.

use std::time::Duration;

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::store::{
    audit, claim, events, idempotency, operations, preview_tokens, queue,
};

use super::Reconciler;
use crate::process::liveness;
use crate::runner::JobError;

/// How long answered pokes are kept.
const POKES_KEPT: Duration = Duration::from_mins(10);
/// Rows that one look removes of a kind: a writer is never held up for long.
const BATCH: i64 = 2_000;

impl Reconciler {
    /// Removes some old rows, and lock files of workers and sandboxes that are gone.
    pub(super) async fn prune(&self) -> Result<(), JobError> {
        let now = self.store.clock().now();
        let before =
            |kept: Duration| Timestamp(now.0 - i64::try_from(kept.as_millis()).unwrap_or(i64::MAX));
        let mut tx = self.store.write().await?;
        queue::prune(&mut tx, before(POKES_KEPT), BATCH).await?;
        idempotency::prune(&mut tx, now).await?;
        preview_tokens::prune(&mut tx, now, BATCH).await?;
        if let Some(kept) = self.retention {
            events::prune(&mut tx, before(kept), BATCH).await?;
            audit::prune(&mut tx, before(kept), BATCH).await?;
            operations::prune(&mut tx, before(kept), BATCH).await?;
        }
        tx.commit_quietly().await?;
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
}
