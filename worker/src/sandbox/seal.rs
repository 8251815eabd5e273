//! Sealing: what has changed becomes a layer, and a new generation begins on it.

use std::time::Duration;

use sandboxd_shared::domain::{GenerationRow, GenerationState, Layer, LayerState};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::compact_layer;
use sandboxd_shared::store::{Connection, StoreError, generations, layers, sandboxes};

use super::storage::{Captured, Storage, generation, new_layer_name};
use crate::runner::{JobContext, JobError};
use crate::workspace::{self, DriverKind, Generation, LayerName, Usage};

/// How long measuring a layer may hold up a capture; larger ones are measured afterwards.
pub(super) const MEASURE_BUDGET: Duration = Duration::from_millis(15);

impl Storage {
    /// Turns what has changed since the last seal into a layer and begins a new generation on
    /// it. Container and volume are gone by then. Says what the workspace now stands on.
    ///
    /// # Errors
    /// Of the database or the file system, `StillMounted` among them.
    pub async fn seal(&self, cx: &JobContext, sandbox: SandboxId) -> Result<Captured, JobError> {
        let row = self.active(sandbox).await?;
        if !row.mounted {
            return Ok(Captured { layer: row.base_layer_id });
        }
        let source = format!("seal/{sandbox}/{}", row.number);
        let mut conn = self.store.read().await?;
        let begun = layers::by_source(&mut conn, &source).await?;
        drop(conn);
        let old = generation(sandbox, row.number)?;
        let layer = match begun {
            Some(layer) => layer,
            None if self.is_unchanged(&row, &old).await? => {
                // A volume's name is never used again, so even an unchanged one moves on.
                return self.begin_next(cx, &row, None).await;
            }
            None => self.begin_layer(cx, source, row.base_layer_id.as_deref()).await?,
        };
        let name = LayerName::new(layer.id.as_str())?;
        self.driver.seal(&old, &name).await?;
        self.begin_next(cx, &row, Some(&layer)).await
    }

    /// Whether the upper became a layer and the rows don't say so yet.
    pub(super) async fn is_half_sealed(&self, row: &GenerationRow) -> Result<bool, JobError> {
        if !row.mounted {
            return Ok(false);
        }
        match self.driver.is_empty(&generation(row.sandbox_id, row.number)?).await {
            Err(workspace::Error::GenerationMissing(_)) => Ok(true),
            found => Ok(found.map(|_| false)?),
        }
    }

    /// Whether a workspace shows what its base does. A copy that is empty was emptied, unless it
    /// stands on nothing.
    async fn is_unchanged(&self, row: &GenerationRow, old: &Generation) -> Result<bool, JobError> {
        let can_tell = self.driver.kind() == DriverKind::Overlay || row.base_layer_id.is_none();
        Ok(can_tell && self.driver.is_empty(old).await?)
    }

    /// Adds the row of a layer that stands on `base`.
    pub(super) async fn begin_layer(
        &self,
        cx: &JobContext,
        source: String,
        base: Option<&str>,
    ) -> Result<Layer, JobError> {
        let mut tx = cx.fenced_write().await?;
        let layer = self.layer_row(&mut tx, source, base).await?;
        tx.commit_quietly().await?;
        Ok(layer)
    }

    async fn layer_row(
        &self,
        conn: &mut Connection,
        source: String,
        base: Option<&str>,
    ) -> Result<Layer, JobError> {
        // A copy holds all of a workspace and stands on nothing.
        let base = base.filter(|_| self.driver.kind() == DriverKind::Overlay);
        let depth = match base {
            Some(base) => layers::get(conn, base).await?.map_or(0, |layer| layer.depth),
            None => 0,
        };
        let layer = Layer {
            id: new_layer_name(),
            node: self.node.clone(),
            parent_id: base.map(str::to_owned),
            depth: depth + 1,
            state: LayerState::Sealing,
            source,
            flat_of: None,
            size_bytes: None,
        };
        layers::insert(conn, &layer, self.store.clock().now()).await?;
        Ok(layer)
    }

    /// Makes the next generation, on `sealed` or on the same base, and switches to it in one
    /// transaction with the layer becoming ready.
    async fn begin_next(
        &self,
        cx: &JobContext,
        row: &GenerationRow,
        sealed: Option<&Layer>,
    ) -> Result<Captured, JobError> {
        let sandbox = row.sandbox_id;
        let base = sealed.map(|layer| layer.id.clone()).or_else(|| row.base_layer_id.clone());
        let usage = match sealed {
            Some(layer) => self.measure(&layer.id, Some(MEASURE_BUDGET)).await?,
            None => None,
        };
        let mut conn = self.store.read().await?;
        let number = generations::next_number(&mut conn, sandbox).await?;
        let chain = self.chain(&mut conn, base.as_deref()).await?;
        drop(conn);
        self.driver.create(&generation(sandbox, number)?, &chain).await?;
        let mut tx = cx.fenced_write().await?;
        let now = self.store.clock().now();
        if let Some(layer) = sealed {
            layers::set_ready(&mut tx, &layer.id).await?;
            if let Some(usage) = usage {
                set_size(&mut tx, &layer.id, usage).await?;
            }
            if usize::try_from(layer.depth).unwrap_or(usize::MAX) >= self.driver.compact_at() {
                compact_layer::enqueue(&mut tx, layer, now).await?;
            }
        }
        let next = GenerationRow {
            sandbox_id: sandbox,
            number,
            node: self.node.clone(),
            base_layer_id: base.clone(),
            state: GenerationState::Active,
            mounted: false,
            created_at: now,
        };
        switch(&mut tx, row.number, &next).await?;
        tx.commit().await?;
        self.discard(sandbox, row.number).await;
        Ok(Captured { layer: base })
    }
}

async fn switch(conn: &mut Connection, old: i64, next: &GenerationRow) -> Result<(), StoreError> {
    let sandbox = next.sandbox_id;
    generations::set_state(conn, sandbox, old, GenerationState::Discarded).await?;
    generations::insert(conn, next).await?;
    sandboxes::set_generation(conn, sandbox, next.number).await
}

pub(super) async fn set_size(
    conn: &mut Connection,
    layer: &str,
    usage: Usage,
) -> Result<(), StoreError> {
    let bytes = i64::try_from(usage.bytes).unwrap_or(i64::MAX);
    let files = i64::try_from(usage.files).unwrap_or(i64::MAX);
    layers::set_size(conn, layer, bytes, files).await
}
