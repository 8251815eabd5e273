//! Captures of what no layer has yet, before a backup is taken: ordinary operations, by the workers.

use std::time::Duration;

use sandboxd_shared::domain::{ErrorCode, Name, OperationStatus};
use sandboxd_shared::ids::{OperationId, SandboxId, SnapshotId};
use sandboxd_shared::jobs::delete_snapshot::{Reason, check_free, delete};
use sandboxd_shared::jobs::{Refusal, capture_snapshot};
use sandboxd_shared::store::{Store, StoreError, generations, operations, sandboxes, snapshots};
use tokio::time::Instant;

/// How long captures may take, all together; those that take longer are in the next backup.
const LIMIT: Duration = Duration::from_mins(10);
/// How often is looked whether they are done, and whether a busy sandbox is free.
const TICK: Duration = Duration::from_millis(200);

/// Captures everything that is unsealed, as far as that is possible within the limit, and gives
/// the snapshots.
///
/// # Errors
/// [`StoreError`]
pub(super) async fn capture(store: &Store, backup: &str) -> Result<Vec<SnapshotId>, StoreError> {
    let mut waiting = generations::unsealed(&mut *store.read().await?).await?;
    let name = Name::parse(&format!("Backup {backup}"))
        .map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let (mut begun, mut snapshots) = (Vec::new(), Vec::new());
    let until = Instant::now() + LIMIT;
    while !(waiting.is_empty() && begun.is_empty()) && Instant::now() < until {
        let mut busy = Vec::new();
        for sandbox in waiting {
            match accept(store, sandbox, &name).await? {
                Begun::Operation(operation, snapshot) => {
                    begun.push(operation);
                    snapshots.extend(snapshot);
                }
                Begun::Later => busy.push(sandbox),
                Begun::Never => {}
            }
        }
        waiting = busy;
        tokio::time::sleep(TICK).await;
        begun = unfinished(store, begun).await?;
    }
    Ok(snapshots)
}

enum Begun {
    Operation(OperationId, Option<SnapshotId>),
    /// Another operation has the sandbox.
    Later,
    Never,
}

async fn accept(store: &Store, sandbox: SandboxId, name: &Name) -> Result<Begun, StoreError> {
    let mut tx = store.write().await?;
    let Some(row) = sandboxes::get(&mut tx, sandbox).await? else { return Ok(Begun::Never) };
    let now = store.clock().now();
    match capture_snapshot::accept_checkpoint(&mut tx, &row, None, name, now).await {
        Ok(operation) => {
            tx.commit().await?;
            Ok(Begun::Operation(operation.id, operation.snapshot_id))
        }
        Err(Refusal::Store(error)) => Err(error),
        Err(Refusal::Client(refused)) if refused.code == ErrorCode::OperationInProgress => {
            Ok(Begun::Later)
        }
        Err(Refusal::Client(refused)) => {
            tracing::warn!(sandbox.id = %sandbox, reason = refused.message, "it isn't captured");
            Ok(Begun::Never)
        }
    }
}

async fn unfinished(
    store: &Store,
    begun: Vec<OperationId>,
) -> Result<Vec<OperationId>, StoreError> {
    let mut left = Vec::new();
    let mut conn = store.read().await?;
    for id in begun {
        match operations::get(&mut conn, id).await? {
            Some(operation) if !operation.status.is_final() => left.push(id),
            Some(operation) if operation.status != OperationStatus::Succeeded => {
                tracing::warn!(operation.id = %id, "a capture failed: that workspace is in the \
                    backup as it was sealed before");
            }
            _ => {}
        }
    }
    Ok(left)
}

/// Deletes the snapshots here: the backup has them.
///
/// # Errors
/// [`StoreError`]
pub(super) async fn forget(store: &Store, made: &[SnapshotId]) -> Result<(), StoreError> {
    for id in made {
        let mut tx = store.write().await?;
        let Some(row) = snapshots::get(&mut tx, *id).await? else { continue };
        // A capture that goes on has it, or somebody restores it: it stays, as a checkpoint.
        if check_free(&mut tx, &row).await.is_ok() {
            delete(&mut tx, &row, Reason::Backup, store.clock().now()).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
