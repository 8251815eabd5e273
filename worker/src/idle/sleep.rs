//! Idle sandboxes are stopped.

use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::RunningTask;
use sandboxd_shared::jobs::stop_sandbox::{self, StopReason};
use sandboxd_shared::store::{StoreError, sandboxes};

use super::Upkeep;
use super::upkeep::refused;

/// Sandboxes that one look stops; the rest waits for the next.
const AT_A_TIME: i64 = 16;

impl Upkeep {
    /// Accepts a stop for each sandbox that has been idle for its time.
    pub(super) async fn stop_idle(&self) -> Result<(), StoreError> {
        let (now, default) = (self.store.clock().now(), self.settings.idle_after);
        let mut conn = self.store.read().await?;
        let due = sandboxes::idle(&mut conn, &self.node, default, now, AT_A_TIME).await?;
        drop(conn);
        for row in due {
            self.put_to_sleep(row.id).await?;
        }
        Ok(())
    }

    /// In a transaction of its own: a refusal takes back nothing of others.
    async fn put_to_sleep(&self, sandbox: SandboxId) -> Result<(), StoreError> {
        let default = self.settings.idle_after;
        let mut tx = self.store.write().await?;
        let now = self.store.clock().now();
        let found = sandboxes::find_idle(&mut tx, &self.node, default, now, sandbox).await?;
        let Some(row) = found else { return tx.rollback().await };
        let (reason, running) = (StopReason::Idle, RunningTask::Respect);
        if refused(stop_sandbox::accept(&mut tx, &row, reason, running, now).await)? {
            return tx.rollback().await;
        }
        tx.commit().await
    }
}
