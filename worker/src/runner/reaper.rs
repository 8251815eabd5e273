//! Takes operations from workers that are gone, and sends lost pokes again. Every worker runs it;
//! the database is the judge.

use std::path::PathBuf;
use std::time::Duration;

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{
    ErrorBody, ErrorCode, EventType, NewEvent, Operation, OperationStatus, Undo,
};
use sandboxd_shared::metrics;
use sandboxd_shared::store::claim::{self, Claim};
use sandboxd_shared::store::{Connection, Store, StoreError, events};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::process::liveness;

/// How often it looks.
const TICK: Duration = Duration::from_secs(1);
/// How long a poke may be in a worker's hands without its operation being claimed, seconds.
const POKE_PATIENCE_S: i64 = 5;

/// The reaper of one worker process.
#[derive(Debug)]
pub struct Reaper {
    /// The database.
    pub store: Store,
    /// The node it watches.
    pub node: String,
    /// Where workers of this host hold their locks.
    pub worker_locks: PathBuf,
}

impl Reaper {
    /// Looks every second until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = shutdown.cancelled() => return,
            }
            if let Err(error) = self.reap().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the reaper failed");
            }
        }
    }

    /// Looks once. Reads first: mostly there is nothing to write.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn reap(&self) -> Result<(), StoreError> {
        let now = self.store.clock().now();
        let mut conn = self.store.read().await?;
        let mut dead = claim::lease_owners(&mut conn, &self.node).await?;
        dead.retain(|worker| liveness::is_known_dead(&self.worker_locks, worker));
        let stranded = claim::stranded(&mut conn, &self.node, &dead, now).await?;
        let unpoked = claim::unpoked(&mut conn, &self.node, now, POKE_PATIENCE_S).await?;
        drop(conn);
        if stranded.is_empty() && unpoked.is_empty() {
            return Ok(());
        }
        // Read again where it can't change: a lease may have been renewed meanwhile.
        let mut tx = self.store.write().await?;
        let mut rescued = Vec::new();
        for operation in claim::stranded(&mut tx, &self.node, &dead, now).await? {
            if rescue(&mut tx, &operation, now).await? {
                rescued.push(operation.kind);
            }
        }
        for operation in claim::unpoked(&mut tx, &self.node, now, POKE_PATIENCE_S).await? {
            claim::poke(&mut tx, &operation).await?;
        }
        tx.commit().await?;
        rescued.into_iter().for_each(metrics::operation_rescued);
        Ok(())
    }
}

/// Gives an operation back to the queue; one that has used up its attempts is to be undone. Says
/// whether it was still there to be given back.
async fn rescue(
    conn: &mut Connection,
    operation: &Operation,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if operation.undo.is_none() && operation.attempt >= operation.max_attempts {
        let error = ErrorBody::new(
            ErrorCode::Internal,
            format!("given up after {} attempts that no worker finished", operation.attempt),
        );
        let undo = Undo { status: OperationStatus::Failed, error: Some(error) };
        let holder = Claim { operation: operation.id, token: operation.token };
        claim::set_undo(conn, holder, &undo).await?;
    }
    let rescued = claim::requeue(conn, operation, now, true, now).await?;
    if rescued {
        let event = NewEvent::of(operation, EventType::OperationRescued).payload(json!({
            "kind": operation.kind,
            "attempt": operation.attempt,
            "reason": "its worker went away",
        }));
        events::append(conn, &event, now).await?;
        tracing::warn!(
            operation.id = %operation.id, operation.kind = %operation.kind,
            worker = operation.worker, job.attempt = operation.attempt,
            "an operation is taken from a worker that went away"
        );
    }
    Ok(rescued)
}
