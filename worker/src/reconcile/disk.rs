//! Directories against rows: what no row knows goes, after a grace period in which an operation
//! may still write its row.

use std::collections::HashSet;

use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::{generations, layers};

use super::Reconciler;
use crate::runner::JobError;
use crate::workspace::Generation;

impl Reconciler {
    async fn is_known(&self, generation: &Generation) -> Result<bool, JobError> {
        let Ok(sandbox) = generation.sandbox().parse::<SandboxId>() else { return Ok(false) };
        let mut conn = self.store.read().await?;
        Ok(generations::exists(&mut conn, sandbox, i64::from(generation.number())).await?)
    }

    /// Moves what no row knows to the trash.
    pub(super) async fn reconcile_disk(&self) -> Result<(), JobError> {
        let driver = &self.containers.storage.driver;
        let found = driver.list().await?;
        let grace = i64::try_from(self.orphan_grace.as_millis()).unwrap_or(i64::MAX);
        let oldest = self.store.clock().now().0 - grace;
        let mut conn = self.store.read().await?;
        let layers: HashSet<String> =
            layers::names(&mut conn, &self.node).await?.into_iter().collect();
        let generations: HashSet<String> = generations::on_node(&mut conn, &self.node)
            .await?
            .into_iter()
            .map(|row| format!("{}/{}", row.sandbox_id.lower(), row.number))
            .collect();
        drop(conn);
        for entry in found.generations {
            let known = generations.contains(&format!(
                "{}/{}",
                entry.generation.sandbox(),
                entry.generation.number()
            ));
            if !known && entry.changed_ms < oldest {
                // Whoever makes it anew has the lock.
                let Ok(_held) = self.locks.try_take(entry.generation.sandbox()) else { continue };
                if self.is_known(&entry.generation).await? {
                    continue;
                }
                tracing::info!(generation = %entry.generation, "discarding an unknown workspace");
                driver.discard(&entry.generation).await?;
            }
        }
        for entry in found.layers {
            if !layers.contains(entry.layer.as_str()) && entry.changed_ms < oldest {
                tracing::info!(layer = %entry.layer, "discarding an unknown layer");
                driver.remove_layer(&entry.layer).await?;
            }
        }
        for entry in found.tmp {
            if entry.changed_ms < oldest {
                driver.discard_tmp(&entry).await?;
            }
        }
        Ok(())
    }
}
