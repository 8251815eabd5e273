//! Directories against rows: what no row knows goes, after a grace period in which an operation
//! may still write its row; what a row knows and holds nothing is made.

use std::collections::HashSet;

use sandboxd_shared::domain::{GenerationRow, GenerationState};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::{generations, layers};

use super::Reconciler;
use crate::runner::JobError;
use crate::workspace::{Generation, GenerationEntry};

impl Reconciler {
    async fn is_known(&self, generation: &Generation) -> Result<bool, JobError> {
        let Ok(sandbox) = generation.sandbox().parse::<SandboxId>() else { return Ok(false) };
        let mut conn = self.store.read().await?;
        Ok(generations::exists(&mut conn, sandbox, i64::from(generation.number())).await?)
    }

    /// Makes directories of workspaces that have none and hold nothing, as after a restore from a
    /// backup: so that files of stopped sandboxes are there before these are started.
    async fn make_missing(
        &self,
        rows: &[GenerationRow],
        there: &[GenerationEntry],
    ) -> Result<(), JobError> {
        let there: HashSet<String> =
            there.iter().map(|entry| entry.generation.to_string()).collect();
        for row in rows {
            let name = format!("{}/g{}", row.sandbox_id.lower(), row.number);
            if row.mounted || row.state != GenerationState::Active || there.contains(&name) {
                continue;
            }
            let Ok(_held) = self.locks.try_take(&row.sandbox_id.to_string()) else { continue };
            // An operation that has it makes it by itself; one that forks has no lock of its own on it.
            if self.idle_row(row.sandbox_id).await?.is_none() {
                continue;
            }
            let mut conn = self.store.read().await?;
            let now = generations::active(&mut conn, row.sandbox_id).await?;
            drop(conn);
            let Some(row) = now.filter(|now| now.number == row.number) else { continue };
            match self.containers.storage.make_missing(&row).await {
                Ok(true) => tracing::info!(generation = name, "made a missing workspace"),
                Ok(false) => {}
                Err(error) => tracing::warn!(
                    generation = name,
                    error = &error as &dyn std::error::Error,
                    "a missing workspace can't be made"
                ),
            }
        }
        Ok(())
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
        let rows = generations::on_node(&mut conn, &self.node).await?;
        drop(conn);
        let generations: HashSet<String> =
            rows.iter().map(|row| format!("{}/{}", row.sandbox_id.lower(), row.number)).collect();
        self.make_missing(&rows, &found.generations).await?;
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
