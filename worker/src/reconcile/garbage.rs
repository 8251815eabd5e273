//! Bytes that nothing stands on: discarded generations, layers, trash. Rows lose their hold
//! first, in the transaction that says so; the bytes follow here.

use std::time::Duration;

use sandboxd_shared::domain::LayerState;
use sandboxd_shared::ids::{OperationId, SandboxId};
use sandboxd_shared::store::{generations, layers, leases, operations, sandboxes};

use super::Reconciler;
use crate::runner::JobError;
use crate::workspace::LayerName;

/// Entries of the trash that one look unlinks: mass deletion slows a file system's neighbours.
const TRASH_ENTRIES: usize = 4_000;
/// How long one layer may be measured.
const MEASURE_LIMIT: Duration = Duration::from_mins(1);

/// What a look has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    /// What is worked on just now. Nothing rings when that ends, so it is looked at again.
    Busy,
    More,
}

impl Reconciler {
    /// Takes some garbage away.
    pub(super) async fn collect_garbage(&self) -> Result<Left, JobError> {
        let mut busy = self.discard_generations().await?;
        let layers = self.remove_layers().await?;
        self.measure_layers().await?;
        busy |= self.remove_places().await?;
        let swept = self.containers.storage.driver.sweep_trash(TRASH_ENTRIES).await?;
        Ok(match (layers > 0 || swept > 0, busy) {
            (true, _) => Left::More,
            (false, true) => Left::Busy,
            (false, false) => Left::Nothing,
        })
    }

    /// Says whether some had to be left, because their sandbox is worked on.
    async fn discard_generations(&self) -> Result<bool, JobError> {
        let mut busy = false;
        let mut conn = self.store.read().await?;
        let rows = generations::discarded(&mut conn, &self.node).await?;
        drop(conn);
        for row in rows {
            let Ok(_held) = self.locks.try_take(&row.sandbox_id.to_string()) else {
                busy = true;
                continue;
            };
            if let Err(error) =
                self.containers.storage.discard_now(row.sandbox_id, row.number).await
            {
                tracing::warn!(sandbox.id = %row.sandbox_id, generation = row.number,
                    error = &error as &dyn std::error::Error, "a workspace can't be discarded yet");
            }
        }
        Ok(busy)
    }

    async fn remove_layers(&self) -> Result<usize, JobError> {
        let mut conn = self.store.read().await?;
        if !layers::has_garbage(&mut conn, &self.node).await? {
            return Ok(0);
        }
        drop(conn);
        let mut tx = self.store.write().await?;
        // What a backup's copy of the database names stays until the backup has it too.
        if leases::is_held(&mut tx, leases::BACKUP, self.store.clock().now()).await? {
            tx.rollback().await?;
            return Ok(0);
        }
        let garbage = layers::collect_garbage(&mut tx, &self.node).await?;
        tx.commit_quietly().await?;
        let mut removed = 0;
        for layer in &garbage {
            let name = LayerName::new(layer.id.as_str())?;
            if let Err(error) = self.containers.storage.driver.remove_layer(&name).await {
                tracing::warn!(
                    layer = layer.id,
                    error = &error as &dyn std::error::Error,
                    "a layer can't be removed yet"
                );
                continue;
            }
            let mut tx = self.store.write().await?;
            layers::delete(&mut tx, &layer.id).await?;
            tx.commit_quietly().await?;
            removed += 1;
        }
        Ok(removed)
    }

    async fn measure_layers(&self) -> Result<(), JobError> {
        let mut conn = self.store.read().await?;
        let unmeasured = layers::unmeasured(&mut conn, &self.node).await?;
        drop(conn);
        for layer in unmeasured {
            let storage = &self.containers.storage;
            match storage.measure(&layer.id, Some(MEASURE_LIMIT)).await {
                Ok(Some(usage)) => {
                    let mut tx = self.store.write().await?;
                    let bytes = i64::try_from(usage.bytes).unwrap_or(i64::MAX);
                    let files = i64::try_from(usage.files).unwrap_or(i64::MAX);
                    layers::set_size(&mut tx, &layer.id, bytes, files).await?;
                    tx.commit().await?;
                }
                Ok(None) => tracing::info!(layer = layer.id, "a layer is too large to be measured"),
                Err(error) => tracing::warn!(
                    layer = layer.id,
                    error = &error as &dyn std::error::Error,
                    "a layer could not be measured"
                ),
            }
        }
        Ok(())
    }

    /// Layers whose sealing was begun by an act that nobody will repeat.
    pub(super) async fn settle_sealing(&self) -> Result<(), JobError> {
        let mut conn = self.store.read().await?;
        let sealing = layers::sealing(&mut conn, &self.node).await?;
        drop(conn);
        for layer in sealing {
            let mut tx = self.store.write().await?;
            let still = layers::get(&mut tx, &layer.id).await?;
            if still.is_some_and(|layer| layer.state == LayerState::Sealing)
                && is_abandoned(&mut tx, &layer.source).await?
            {
                tracing::info!(layer = layer.id, source = layer.source, "giving up a layer");
                layers::abandon(&mut tx, &layer.id).await?;
                tx.commit_quietly().await?;
            }
        }
        Ok(())
    }

    /// Run directories of sandboxes that are gone. Says whether some had to be left.
    async fn remove_places(&self) -> Result<bool, JobError> {
        let (rows, mut busy) = (self.sandboxes().await?, false);
        for id in self.containers.place.all() {
            if rows.contains_key(&id) {
                continue;
            }
            let Ok(_held) = self.locks.try_take(&id.to_string()) else {
                busy = true;
                continue;
            };
            let mut conn = self.store.read().await?;
            if sandboxes::get(&mut conn, id).await?.is_none()
                && let Err(error) = self.containers.place.remove(id)
            {
                tracing::warn!(sandbox.id = %id, %error, "a run directory can't be removed");
            }
        }
        Ok(busy)
    }
}

/// Whether no operation will finish what `source` names. A half-sealed workspace is finished by
/// the sandbox's next operation, whatever that is.
async fn is_abandoned(
    conn: &mut sandboxd_shared::store::Connection,
    source: &str,
) -> Result<bool, JobError> {
    let mut parts = source.split('/');
    match (parts.next(), parts.next()) {
        (Some("seal"), Some(sandbox)) => {
            let number = parts.next().and_then(|number| number.parse().ok());
            match (sandbox.parse::<SandboxId>(), number) {
                (Ok(id), Some(number)) => Ok(!generations::is_active(conn, id, number).await?),
                _ => Ok(true),
            }
        }
        (Some("live"), Some(operation)) => match operation.parse::<OperationId>() {
            Ok(id) => {
                let operation = operations::get(conn, id).await?;
                Ok(operation.is_none_or(|operation| operation.status.is_final()))
            }
            Err(_) => Ok(true),
        },
        // Merging is begun again by whoever needs it, as long as there is something to merge.
        (Some("flat"), Some(layer)) => Ok(layers::get(conn, layer).await?.is_none()),
        _ => Ok(true),
    }
}
