//! The kernel killed a process of a sandbox for lack of memory: the sandbox mostly goes on, and
//! only the engine's event tells of it.

use std::time::Duration;

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{EventType, NewEvent};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::{Connection, StoreError, events, sandboxes};
use serde_json::json;

use super::Reconciler;

/// How long one event stands for those that follow: what lacks memory lacks it again and again.
const STANDS_FOR: Duration = Duration::from_mins(1);

impl Reconciler {
    /// Tells the sandbox's timeline. Where PID 1 was the process, `sandbox.crashed` follows.
    pub(super) async fn hear_of_memory(&self, sandbox: &str) {
        // One without a row is on its way out.
        let Ok(id) = sandbox.parse::<SandboxId>() else { return };
        if let Err(error) = self.tell_of_memory(id).await {
            tracing::warn!(
                sandbox.id = %id,
                error = &error as &dyn std::error::Error,
                "a lack of memory could not be told"
            );
        }
    }

    async fn tell_of_memory(&self, id: SandboxId) -> Result<(), StoreError> {
        // A sandbox can come here many times a second, and writers wait for each other.
        let now = self.store.clock().now();
        if was_told(&mut *self.store.read().await?, id, now).await? {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        let now = self.store.clock().now();
        let Some(row) = sandboxes::get(&mut tx, id).await? else { return Ok(()) };
        // Another worker hears the same, and may have been first.
        if was_told(&mut tx, id, now).await? {
            return Ok(());
        }
        let limit = row.limits.memory_bytes;
        let event = NewEvent::about(&row, EventType::SandboxOutOfMemory)
            .payload(json!({ "limit_bytes": limit }));
        events::append(&mut tx, &event, now).await?;
        tx.commit().await?;
        tracing::warn!(sandbox.id = %id, limit_bytes = limit, "a sandbox ran out of memory");
        Ok(())
    }
}

/// Whether the last minute has an event of it.
async fn was_told(
    conn: &mut Connection,
    id: SandboxId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let last = events::newest_of(conn, id, EventType::SandboxOutOfMemory).await?;
    // One that is ahead of a clock that was set back doesn't silence what follows for long.
    Ok(last.is_some_and(|last| last.created_at <= now && now < last.created_at.plus(STANDS_FOR)))
}
