//! Merged copies of chains that have grown long.

use sandboxd_shared::domain::{ErrorCode, GenerationRow, Layer, LayerState};
use sandboxd_shared::store::{Connection, generations, layers};

use super::storage::{Storage, new_layer_name};
use crate::runner::{JobContext, JobError};
use crate::workspace::{DriverKind, LayerName};

/// Layers that a chain is never stacked beyond while a merge in the background catches up.
const HARD_DEPTH: usize = 90;

impl Storage {
    /// Merges the chain that ends in `layer` into `flat`.
    ///
    /// # Errors
    /// Of the database or the file system.
    pub async fn flatten(&self, layer: &str, flat: &str) -> Result<(), JobError> {
        let mut conn = self.store.read().await?;
        let chain = self.chain(&mut conn, Some(layer)).await?;
        drop(conn);
        self.driver.flatten(&chain, &LayerName::new(flat)?).await?;
        Ok(())
    }

    /// The row of the merged copy of `layer`'s chain, made if there is none.
    ///
    /// # Errors
    /// Of the database; to be retried while a copy that was given up is being removed.
    pub async fn flat_row(&self, conn: &mut Connection, layer: &str) -> Result<Layer, JobError> {
        let source = flat_source(layer);
        match layers::by_source(conn, &source).await? {
            Some(row) if row.state == LayerState::Deleting => {
                let message = "an earlier copy of the workspace's layers is still being removed";
                return Err(JobError::retry(ErrorCode::Internal, message));
            }
            Some(row) => return Ok(row),
            None => {}
        }
        let row = Layer {
            id: new_layer_name(),
            node: self.node.clone(),
            parent_id: None,
            depth: 1,
            state: LayerState::Sealing,
            source,
            flat_of: Some(layer.to_owned()),
            size_bytes: None,
        };
        layers::insert(conn, &row, self.store.clock().now()).await?;
        Ok(row)
    }

    /// Gives up a merged copy that was never finished.
    ///
    /// # Errors
    /// Of the database.
    pub async fn drop_flat(&self, cx: &JobContext, layer: &str) -> Result<(), JobError> {
        self.abandon(cx, &flat_source(layer)).await
    }

    /// Whether a generation's chain is to be merged before it is mounted. A copy stands on one
    /// layer, whatever its depth.
    pub(super) async fn is_too_deep(&self, row: &GenerationRow) -> Result<bool, JobError> {
        let limit = HARD_DEPTH.min(self.driver.max_depth());
        let stacks = self.driver.kind() == DriverKind::Overlay;
        Ok(stacks && !row.mounted && self.chain_of(row).await?.depth() >= limit)
    }

    /// Merges before a mount, when the merge in the background has not kept up.
    pub(super) async fn merge_now(
        &self,
        cx: &JobContext,
        row: &GenerationRow,
    ) -> Result<(), JobError> {
        let Some(base) = &row.base_layer_id else { return Ok(()) };
        let _turn = self.merging.lock().await;
        let mut tx = cx.fenced_write().await?;
        let flat = self.flat_row(&mut tx, base).await?;
        tx.commit_quietly().await?;
        self.flatten(base, &flat.id).await?;
        let mut tx = cx.fenced_write().await?;
        layers::set_ready(&mut tx, &flat.id).await?;
        generations::rebase(&mut tx, row, &flat.id).await?;
        tx.commit_quietly().await?;
        Ok(())
    }
}

fn flat_source(layer: &str) -> String {
    format!("flat/{layer}")
}
