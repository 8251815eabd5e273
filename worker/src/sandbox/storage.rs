//! Workspaces: the rows and the bytes together, in the order that keeps a workspace whole whatever
//! dies. At every instant the active generation and its base are all of a sandbox's files.

use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::domain::GenerationRow;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::{Connection, Store, StoreError, generations, layers};
use tokio::sync::Mutex;

use crate::runner::{JobContext, JobError};
use crate::workspace::{Chain, Generation, LayerName, Mount, Usage, WorkspaceDriver};

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
    pub(super) merging: Arc<Mutex<()>>,
}

pub(super) fn missing(sandbox: SandboxId) -> JobError {
    StoreError::Corrupt(format!("sandbox {sandbox} has no workspace")).into()
}

pub(super) fn generation(sandbox: SandboxId, number: i64) -> Result<Generation, JobError> {
    let number = u32::try_from(number)
        .map_err(|_| StoreError::Corrupt(format!("generation {number} of {sandbox}")))?;
    Ok(Generation::new(sandbox.lower(), number)?)
}

/// A name that no layer has: 12 characters from 60 random bits.
pub(super) fn new_layer_name() -> String {
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
    pub(super) async fn active(&self, sandbox: SandboxId) -> Result<GenerationRow, JobError> {
        let mut conn = self.store.read().await?;
        generations::active(&mut conn, sandbox).await?.ok_or_else(|| missing(sandbox))
    }

    pub(super) async fn chain_of(&self, row: &GenerationRow) -> Result<Chain, JobError> {
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
    ) -> Result<(GenerationRow, Mount), JobError> {
        let mut tx = cx.fenced_write().await?;
        let row = generations::active(&mut tx, sandbox).await?.ok_or_else(|| missing(sandbox))?;
        generations::set_mounted(&mut tx, sandbox, row.number).await?;
        tx.commit_quietly().await?;
        let chain = self.chain_of(&row).await?;
        let mount = self.driver.mount(&generation(sandbox, row.number)?, &chain)?;
        Ok((row, mount))
    }

    /// Moves a discarded generation's bytes to the trash. What fails is left to the reconciler.
    pub(super) async fn discard(&self, sandbox: SandboxId, number: i64) {
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
}
