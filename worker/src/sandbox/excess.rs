//! Whether a workspace holds more than its sandbox may have.

use std::time::Duration;

use sandboxd_shared::domain::{ErrorBody, ErrorCode, Sandbox};
use sandboxd_shared::store::{generations, layers, sandboxes};

use super::storage::{Storage, generation, missing};
use crate::runner::JobError;
use crate::workspace::{Access, DriverKind};

/// How long one tree may be counted. One that takes longer is left for the next time.
const BUDGET: Duration = Duration::from_secs(60);

impl Storage {
    /// The bytes of a sandbox's workspace, if they are more than its limit; it may be running.
    ///
    /// Its sealed layers and what it has changed since, added up, are at least what it holds: only
    /// where that is too much, the tree is counted as the sandbox sees it.
    ///
    /// # Errors
    /// Of the database or the file system.
    pub async fn excess(&self, sandbox: &Sandbox) -> Result<Option<u64>, JobError> {
        let limit = sandbox.limits.disk_bytes;
        let mut conn = self.store.read().await?;
        let row =
            generations::active(&mut conn, sandbox.id).await?.ok_or_else(|| missing(sandbox.id))?;
        let sealed = match &row.base_layer_id {
            // A copy is the whole tree.
            Some(layer) if self.driver.kind() == DriverKind::Overlay => {
                layers::sizes(&mut conn, layer).await?.0
            }
            _ => Some(0),
        };
        let chain = self.chain(&mut conn, row.base_layer_id.as_deref()).await?;
        drop(conn);
        let number = generation(sandbox.id, row.number)?;
        let Some(changed) = self.driver.usage(&number, Some(BUDGET)).await? else {
            return Ok(None);
        };
        let known = sealed.and_then(|bytes| u64::try_from(bytes).ok());
        if known.is_some_and(|sealed| sealed.saturating_add(changed.bytes) <= limit) {
            return Ok(None);
        }
        let view = self.driver.open(&number, &chain, Access::Read).await?;
        let seen = tokio::task::spawn_blocking(move || view.usage(Some(BUDGET))).await.map_err(
            |_| JobError::retry(ErrorCode::Internal, "counting a workspace was broken off"),
        )??;
        Ok(seen.map(|usage| usage.bytes).filter(|bytes| *bytes > limit))
    }

    /// Refuses a sandbox that was stopped for its size, while it is still too large.
    ///
    /// # Errors
    /// A conflict that says what to do; of the database or the file system.
    pub async fn admit_size(&self, sandbox: &Sandbox) -> Result<(), JobError> {
        if !sandboxes::is_too_large(&mut *self.store.read().await?, sandbox.id).await? {
            return Ok(());
        }
        let Some(bytes) = self.excess(sandbox).await? else {
            let mut tx = self.store.write().await?;
            sandboxes::forget_too_large(&mut tx, sandbox.id).await?;
            return Ok(tx.commit_quietly().await?);
        };
        let (holds, may) = (mebibytes(bytes), mebibytes(sandbox.limits.disk_bytes));
        let message = format!(
            "the workspace holds {holds} MiB and may have {may}: delete files, which works while it \
             is stopped, or restore a snapshot that is smaller"
        );
        Err(JobError::Fail { public: ErrorBody::new(ErrorCode::Conflict, message), cause: None })
    }
}

fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}
