//! Idle sandboxes are stopped.

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
        let (clock, default) = (self.store.clock(), self.settings.idle_after);
        let mut conn = self.store.read().await?;
        if sandboxes::idle(&mut conn, &self.node, default, clock.now(), 1).await?.is_empty() {
            return Ok(());
        }
        drop(conn);
        let mut tx = self.store.write().await?;
        let now = clock.now();
        for row in sandboxes::idle(&mut tx, &self.node, default, now, AT_A_TIME).await? {
            if refused(
                stop_sandbox::accept(&mut tx, &row, StopReason::Idle, RunningTask::Respect, now)
                    .await,
            )? {
                return tx.rollback().await;
            }
        }
        tx.commit().await
    }
}
