//! That sandboxes are used, through the API or a preview, written down in batches.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::{Store, StoreError, sandboxes};
use tokio_util::sync::CancellationToken;

/// How often uses are written down.
const FLUSH: Duration = Duration::from_secs(2);

/// The sandboxes that were used since they were last written down.
#[derive(Debug)]
pub(crate) struct Uses {
    store: Store,
    used: Mutex<HashSet<SandboxId>>,
}

impl Uses {
    /// Writes down uses until `shutdown`.
    pub(crate) fn start(store: Store, shutdown: CancellationToken) -> Arc<Self> {
        let uses = Arc::new(Self { store, used: Mutex::default() });
        let this = Arc::clone(&uses);
        tokio::spawn(async move {
            while shutdown.run_until_cancelled(tokio::time::sleep(FLUSH)).await.is_some() {
                this.flush().await;
            }
            this.flush().await;
        });
        uses
    }

    /// A sandbox is used.
    pub(crate) fn note(&self, id: SandboxId) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    }

    async fn flush(&self) {
        let used = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
        if used.is_empty() {
            return;
        }
        if let Err(error) = self.write(&used).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "uses could not be written down"
            );
        }
    }

    async fn write(&self, used: &HashSet<SandboxId>) -> Result<(), StoreError> {
        let now = self.store.clock().now();
        let mut tx = self.store.write_lightly().await?;
        for id in used {
            sandboxes::touch(&mut tx, *id, now).await?;
        }
        tx.commit_quietly().await
    }
}
