//! Sandboxes are stopped when the host runs out of memory: the longest idle first, one at a time.

use std::time::Duration;

use sandboxd_shared::jobs::RunningTask;
use sandboxd_shared::jobs::stop_sandbox::{self, StopReason};
use sandboxd_shared::store::{StoreError, sandboxes};

use super::Upkeep;
use super::upkeep::refused;

/// Whoever was used more recently is in use: stopping it would only have it woken again.
const LEAST_IDLE: Duration = Duration::from_secs(10);

impl Upkeep {
    /// Accepts the stop of one sandbox if memory is short and no other is being stopped.
    pub(super) async fn relieve_memory(&self) -> Result<(), StoreError> {
        let Some(free) = self.capacity.free_memory() else { return Ok(()) };
        if free >= self.settings.pressure_below {
            return Ok(());
        }
        let clock = self.store.clock();
        let mut conn = self.store.read().await?;
        let found = sandboxes::longest_idle(&mut conn, &self.node, LEAST_IDLE, clock.now()).await?;
        drop(conn);
        if found.is_none() {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        let now = clock.now();
        let Some(row) = sandboxes::longest_idle(&mut tx, &self.node, LEAST_IDLE, now).await? else {
            return tx.rollback().await;
        };
        tracing::warn!(sandbox.id = %row.id, memory.free = free, "memory is short: stopping the longest idle sandbox");
        if refused(
            stop_sandbox::accept(
                &mut tx,
                &row,
                StopReason::MemoryPressure,
                RunningTask::Respect,
                now,
            )
            .await,
        )? {
            return tx.rollback().await;
        }
        tx.commit().await
    }
}
