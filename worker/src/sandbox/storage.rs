//! Workspaces: the rows and the bytes together, in the order that keeps a workspace whole whatever
//! dies. At every instant the active generation and its base are all of a sandbox's files.

use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::domain::{
    ErrorCode, GenerationRow, GenerationState, Layer, LayerState, Sandbox,
};
use sandboxd_shared::ids::{OperationId, SandboxId, SnapshotId};
use sandboxd_shared::jobs::compact_layer;
use sandboxd_shared::store::{Connection, Store, StoreError, generations, layers, sandboxes};

use tokio::sync::Mutex;

use crate::runner::{JobContext, JobError};
use crate::runtime::{ContainerName, Runtime};
use crate::workspace::{self, Chain, DriverKind, Generation, LayerName, Usage, WorkspaceDriver};

/// How long measuring a layer may hold up a capture; larger ones are measured afterwards.
const MEASURE_BUDGET: Duration = Duration::from_millis(15);
/// Layers that a chain is never stacked beyond while a merge in the background catches up.
const HARD_DEPTH: usize = 90;

/// What a capture stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The newest layer; none for a workspace that has never held a file.
    pub layer: Option<String>,
}

/// The workspaces of a node.
#[derive(Debug, Clone)]
pub struct Storage {
    /// The rows.
    pub store: Store,
    /// The bytes.
    pub driver: Arc<dyn WorkspaceDriver>,
    /// Whose workspaces.
    pub node: String,
    /// Two merges of one chain would take each other's unfinished copy away.
    merging: Arc<Mutex<()>>,
}

fn missing(sandbox: SandboxId) -> JobError {
    StoreError::Corrupt(format!("sandbox {sandbox} has no workspace")).into()
}

fn generation(sandbox: SandboxId, number: i64) -> Result<Generation, JobError> {
    let number = u32::try_from(number)
        .map_err(|_| StoreError::Corrupt(format!("generation {number} of {sandbox}")))?;
    Ok(Generation::new(sandbox.lower(), number)?)
}

/// A name that no layer has: 12 characters from 60 random bits.
fn new_layer_name() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0u8; 12];
    getrandom::fill(&mut bytes).expect("invariant: the kernel gives random bytes");
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

impl Storage {
    /// The workspaces of `node`.
    #[must_use]
    pub fn new(store: Store, driver: Arc<dyn WorkspaceDriver>, node: String) -> Self {
        Self { store, driver, node, merging: Arc::new(Mutex::new(())) }
    }

    /// The chain that ends in `layer`.
    pub(super) async fn chain(
        &self,
        conn: &mut Connection,
        layer: Option<&str>,
    ) -> Result<Chain, JobError> {
        let Some(layer) = layer else { return Ok(Chain::empty()) };
        let names = layers::chain(conn, layer).await?;
        let names = names.into_iter().map(LayerName::new).collect::<Result<Vec<_>, _>>()?;
        Ok(Chain::new(names)?)
    }

    /// A sandbox's workspace.
    async fn active(&self, sandbox: SandboxId) -> Result<GenerationRow, JobError> {
        let mut conn = self.store.read().await?;
        generations::active(&mut conn, sandbox).await?.ok_or_else(|| missing(sandbox))
    }

    async fn chain_of(&self, row: &GenerationRow) -> Result<Chain, JobError> {
        let mut conn = self.store.read().await?;
        self.chain(&mut conn, row.base_layer_id.as_deref()).await
    }

    /// Makes sure that the directories of the active generation are there, and finishes a seal
    /// that an operation before this one has left half done.
    ///
    /// # Errors
    /// Of the database or the file system.
    pub async fn prepare(&self, cx: &JobContext, sandbox: SandboxId) -> Result<(), JobError> {
        let mut row = self.active(sandbox).await?;
        if self.is_half_sealed(&row).await? {
            self.seal(cx, sandbox).await?;
            row = self.active(sandbox).await?;
        }
        if self.is_too_deep(&row).await? {
            self.merge_now(cx, &row).await?;
            row = self.active(sandbox).await?;
        }
        let chain = self.chain_of(&row).await?;
        self.driver.create(&generation(sandbox, row.number)?, &chain).await?;
        Ok(())
    }

    /// Notes that the active generation is about to be mounted, and gives what to mount. From
    /// here on its base can't change under it.
    pub(super) async fn mount(
        &self,
        cx: &JobContext,
        sandbox: SandboxId,
    ) -> Result<(GenerationRow, crate::workspace::Mount), JobError> {
        let mut tx = cx.fenced_write().await?;
        let row = generations::active(&mut tx, sandbox).await?.ok_or_else(|| missing(sandbox))?;
        generations::set_mounted(&mut tx, sandbox, row.number).await?;
        tx.commit_quietly().await?;
        let chain = self.chain_of(&row).await?;
        let mount = self.driver.mount(&generation(sandbox, row.number)?, &chain)?;
        Ok((row, mount))
    }

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
    async fn is_half_sealed(&self, row: &GenerationRow) -> Result<bool, JobError> {
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
    async fn begin_layer(
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

    /// Captures a running sandbox: frozen only while its changes are copied. Safe to repeat; an
    /// attempt that died in between has left the container frozen, and this thaws it.
    ///
    /// # Errors
    /// Of the database, the engine or the file system.
    pub async fn capture_live(
        &self,
        cx: &JobContext,
        runtime: &dyn Runtime,
        container: &ContainerName,
        sandbox: &Sandbox,
    ) -> Result<Captured, JobError> {
        let row = self.active(sandbox.id).await?;
        let source = live_source(cx.operation().id);
        let mut conn = self.store.read().await?;
        let begun = layers::by_source(&mut conn, &source).await?;
        drop(conn);
        let layer = match begun {
            Some(layer) => layer,
            None => self.begin_layer(cx, source, row.base_layer_id.as_deref()).await?,
        };
        let name = LayerName::new(layer.id.as_str())?;
        let old = generation(sandbox.id, row.number)?;
        runtime.pause_container(container).await?;
        let copied = self.driver.copy_live(&old, &name).await;
        // Whatever the copy did: nobody's program stays frozen.
        runtime.unpause_container(container).await?;
        copied?;
        self.driver.publish(&name).await?;
        if let Some(usage) = self.measure(&layer.id, Some(MEASURE_BUDGET)).await? {
            let mut tx = cx.fenced_write().await?;
            set_size(&mut tx, &layer.id, usage).await?;
            tx.commit_quietly().await?;
        }
        // It becomes ready with the snapshot that stands on it.
        Ok(Captured { layer: Some(layer.id) })
    }

    /// Gives up a merged copy that was never finished.
    ///
    /// # Errors
    /// Of the database.
    pub async fn drop_flat(&self, cx: &JobContext, layer: &str) -> Result<(), JobError> {
        self.abandon(cx, &flat_source(layer)).await
    }

    /// Gives up the layer that a live capture was making.
    ///
    /// # Errors
    /// Of the database or the file system.
    pub async fn drop_live(&self, cx: &JobContext) -> Result<(), JobError> {
        self.abandon(cx, &live_source(cx.operation().id)).await
    }

    async fn abandon(&self, cx: &JobContext, source: &str) -> Result<(), JobError> {
        let mut tx = cx.fenced_write().await?;
        if let Some(layer) = layers::by_source(&mut tx, source).await? {
            layers::abandon(&mut tx, &layer.id).await?;
            tx.commit_quietly().await?;
        }
        Ok(())
    }

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

    /// Moves a discarded generation's bytes to the trash. What fails is left to the reconciler.
    async fn discard(&self, sandbox: SandboxId, number: i64) {
        if let Err(error) = self.discard_now(sandbox, number).await {
            tracing::debug!(sandbox.id = %sandbox, generation = number,
                error = &error as &dyn std::error::Error, "a discarded workspace is left for later");
        }
    }

    /// Moves a discarded generation's bytes to the trash, and then removes its row.
    ///
    /// # Errors
    /// Of the database or the file system, `StillMounted` among them.
    pub async fn discard_now(&self, sandbox: SandboxId, number: i64) -> Result<(), JobError> {
        self.driver.discard(&generation(sandbox, number)?).await?;
        let mut tx = self.store.write().await?;
        generations::delete(&mut tx, sandbox, number).await?;
        tx.commit_quietly().await?;
        Ok(())
    }

    /// How large a layer is, if the budget suffices.
    ///
    /// # Errors
    /// Of the file system.
    pub async fn measure(
        &self,
        layer: &str,
        budget: Option<Duration>,
    ) -> Result<Option<Usage>, JobError> {
        Ok(self.driver.measure(&LayerName::new(layer)?, budget).await?)
    }

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

    /// Whether a generation's chain is to be merged before it is mounted. A copy stands on one
    /// layer, whatever its depth.
    async fn is_too_deep(&self, row: &GenerationRow) -> Result<bool, JobError> {
        let limit = HARD_DEPTH.min(self.driver.max_depth());
        let stacks = self.driver.kind() == DriverKind::Overlay;
        Ok(stacks && !row.mounted && self.chain_of(row).await?.depth() >= limit)
    }

    /// Merges before a mount, when the merge in the background has not kept up.
    async fn merge_now(&self, cx: &JobContext, row: &GenerationRow) -> Result<(), JobError> {
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

fn live_source(operation: OperationId) -> String {
    format!("live/{operation}")
}

async fn switch(conn: &mut Connection, old: i64, next: &GenerationRow) -> Result<(), StoreError> {
    let sandbox = next.sandbox_id;
    generations::set_state(conn, sandbox, old, GenerationState::Discarded).await?;
    generations::insert(conn, next).await?;
    sandboxes::set_generation(conn, sandbox, next.number).await
}

async fn set_size(conn: &mut Connection, layer: &str, usage: Usage) -> Result<(), StoreError> {
    let bytes = i64::try_from(usage.bytes).unwrap_or(i64::MAX);
    let files = i64::try_from(usage.files).unwrap_or(i64::MAX);
    layers::set_size(conn, layer, bytes, files).await
}
