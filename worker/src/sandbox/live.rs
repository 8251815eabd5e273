//! Captures of running sandboxes: what has changed is copied while the sandbox is frozen.

use sandboxd_shared::domain::Sandbox;
use sandboxd_shared::ids::OperationId;
use sandboxd_shared::store::layers;

use super::seal::{MEASURE_BUDGET, set_size};
use super::storage::{Captured, Storage, generation};
use crate::runner::{JobContext, JobError};
use crate::runtime::{ContainerName, Runtime};
use crate::workspace::LayerName;

impl Storage {
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

    /// Gives up the layer that a live capture was making.
    ///
    /// # Errors
    /// Of the database or the file system.
    pub async fn drop_live(&self, cx: &JobContext) -> Result<(), JobError> {
        self.abandon(cx, &live_source(cx.operation().id)).await
    }

    pub(super) async fn abandon(&self, cx: &JobContext, source: &str) -> Result<(), JobError> {
        let mut tx = cx.fenced_write().await?;
        if let Some(layer) = layers::by_source(&mut tx, source).await? {
            layers::abandon(&mut tx, &layer.id).await?;
            tx.commit_quietly().await?;
        }
        Ok(())
    }
}

fn live_source(operation: OperationId) -> String {
    format!("live/{operation}")
}
