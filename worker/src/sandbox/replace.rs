//! Replacing a workspace: the new one is made ahead, and one transaction switches to it.

use sandboxd_shared::domain::{GenerationRow, GenerationState};
use sandboxd_shared::ids::{SandboxId, SnapshotId};
use sandboxd_shared::store::{generations, layers, sandboxes};

use super::storage::{Storage, generation, missing};
use crate::runner::{JobContext, JobError};

impl Storage {
    /// Makes the generation that a restore will switch to, on `layer`; nothing is replaced yet.
    ///
    /// # Errors
    /// Of the database or the file system.
    pub async fn prepare_replacement(
        &self,
        cx: &JobContext,
        sandbox: SandboxId,
        layer: Option<&str>,
    ) -> Result<(), JobError> {
        let mut tx = cx.fenced_write().await?;
        let row = match generations::prepared(&mut tx, sandbox).await? {
            Some(row) => row,
            None => {
                let base = match layer {
                    Some(layer) => Some(
                        layers::flat_of(&mut tx, layer)
                            .await?
                            .map_or_else(|| layer.to_owned(), |flat| flat.id),
                    ),
                    None => None,
                };
                let row = GenerationRow {
                    sandbox_id: sandbox,
                    number: generations::next_number(&mut tx, sandbox).await?,
                    node: self.node.clone(),
                    base_layer_id: base,
                    state: GenerationState::Prepared,
                    mounted: false,
                    created_at: self.store.clock().now(),
                };
                generations::insert(&mut tx, &row).await?;
                row
            }
        };
        tx.commit_quietly().await?;
        if self.is_too_deep(&row).await? {
            self.merge_now(cx, &row).await?;
        }
        let mut conn = self.store.read().await?;
        let row = generations::prepared(&mut conn, sandbox).await?.unwrap_or(row);
        drop(conn);
        let chain = self.chain_of(&row).await?;
        self.driver.create(&generation(sandbox, row.number)?, &chain).await?;
        Ok(())
    }

    /// Switches to the prepared generation, which stands on `snapshot`. Done already is a success.
    ///
    /// # Errors
    /// Of the database.
    pub async fn switch_to_prepared(
        &self,
        cx: &JobContext,
        sandbox: SandboxId,
        snapshot: SnapshotId,
    ) -> Result<(), JobError> {
        let mut tx = cx.fenced_write().await?;
        let Some(next) = generations::prepared(&mut tx, sandbox).await? else { return Ok(()) };
        let old = generations::active(&mut tx, sandbox).await?.ok_or_else(|| missing(sandbox))?;
        let state = GenerationState::Discarded;
        generations::set_state(&mut tx, sandbox, old.number, state).await?;
        generations::set_state(&mut tx, sandbox, next.number, GenerationState::Active).await?;
        sandboxes::set_generation(&mut tx, sandbox, next.number).await?;
        sandboxes::set_base_snapshot(&mut tx, sandbox, Some(snapshot)).await?;
        tx.commit().await?;
        self.discard(sandbox, old.number).await;
        Ok(())
    }

    /// Gives up the prepared generation, if there is one.
    ///
    /// # Errors
    /// Of the database.
    pub async fn drop_prepared(&self, cx: &JobContext, sandbox: SandboxId) -> Result<(), JobError> {
        let mut tx = cx.fenced_write().await?;
        if let Some(row) = generations::prepared(&mut tx, sandbox).await? {
            let state = GenerationState::Discarded;
            generations::set_state(&mut tx, sandbox, row.number, state).await?;
            tx.commit_quietly().await?;
            self.discard(sandbox, row.number).await;
        }
        Ok(())
    }
}
