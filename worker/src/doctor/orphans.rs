//! What rows know and the node doesn't have, and the other way round. The reconciler mends most of
//! it within half a minute: what is found here twice is what it can't mend, or hasn't come to.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use sandboxd_shared::domain::{GenerationRow, GenerationState, LayerState, Sandbox, SandboxStatus};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::node::Finding;
use sandboxd_shared::store::{generations, layers, sandboxes};

use super::Doctor;
use super::examine::unread;
use crate::reconcile::{is_down, keeps};
use crate::runner::JobError;
use crate::runtime::{ContainerState, VolumeInfo};
use crate::workspace::Inventory;

const CHECK: &str = "orphans";
/// What is under way is seen half done at the first look, and not at the second.
const AGAIN: Duration = Duration::from_secs(2);
/// How many findings are told; the rest is a number.
const TOLD: usize = 20;
const MENDED: &str = "the leading worker mends this within 30 s; if it stays, its log says why";
const REMOVED: &str = "the leading worker removes it within 10 min; if it stays, its log says why";
const LOST: &str = "the bytes are gone: put them back from a backup of the data directory, or \
                    delete what stands on them";

type Rows = HashMap<SandboxId, Sandbox>;

/// What there was at one look.
struct Seen {
    containers: Vec<ContainerState>,
    volumes: Vec<VolumeInfo>,
    disk: Inventory,
    rows: Rows,
    layers: Vec<(String, LayerState)>,
    generations: Vec<GenerationRow>,
}

impl Doctor {
    pub(super) async fn orphans(&self) -> Vec<Finding> {
        let mut found = match self.look_twice().await {
            Ok(found) => found,
            Err(error) => return vec![unread(CHECK, &error)],
        };
        if found.is_empty() {
            return vec![Finding::ok(CHECK, "containers, volumes and directories agree with rows")];
        }
        found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        if found.len() > TOLD {
            let more = format!("and {} more such findings", found.len() - TOLD);
            found.truncate(TOLD);
            found.push(Finding::warning(CHECK, more, "mend those that are told, then look again"));
        }
        found
    }

    async fn look_twice(&self) -> Result<Vec<Finding>, JobError> {
        let mut found = self.look().await?.findings();
        if !found.is_empty() {
            tokio::time::sleep(AGAIN).await;
            let second = self.look().await?.findings();
            found.retain(|finding| second.contains(finding));
        }
        Ok(found)
    }

    async fn look(&self) -> Result<Seen, JobError> {
        // Engine and disk before the rows: who makes something has a row by then.
        let containers = self.containers.runtime.list_containers().await?;
        let volumes = self.containers.runtime.list_volumes().await?;
        let disk = self.containers.storage.driver.list().await?;
        let mut conn = self.store.read().await?;
        let rows = sandboxes::on_node(&mut conn, &self.node).await?;
        let rows = rows.into_iter().map(|row| (row.id, row)).collect();
        let layers = layers::states(&mut conn, &self.node).await?;
        let generations = generations::on_node(&mut conn, &self.node).await?;
        Ok(Seen { containers, volumes, disk, rows, layers, generations })
    }
}

impl Seen {
    fn findings(&self) -> Vec<Finding> {
        let mut found = self.containers();
        found.extend(self.volumes());
        found.extend(self.layers());
        found.extend(self.generations());
        found
    }

    fn row(&self, id: &str) -> Option<&Sandbox> {
        self.rows.get(&id.parse().ok()?)
    }

    /// The sandboxes that no operation changes.
    fn settled(&self) -> impl Iterator<Item = &Sandbox> {
        self.rows.values().filter(|row| row.active_operation_id.is_none())
    }

    fn containers(&self) -> Vec<Finding> {
        let left = self.containers.iter().filter(|found| {
            let row = self.row(&found.sandbox_id);
            row.is_none_or(|row| row.active_operation_id.is_none() && is_down(row))
        });
        let left = left.map(|container| {
            let said = format!("container {} is of no sandbox that runs", container.name.as_str());
            Finding::warning(CHECK, said, MENDED)
        });
        let live: HashSet<SandboxId> = self
            .containers
            .iter()
            .filter(|container| container.phase.is_live())
            .filter_map(|container| container.sandbox_id.parse().ok())
            .collect();
        let missing = self
            .settled()
            .filter(|row| row.status == SandboxStatus::Running && !live.contains(&row.id))
            .map(|row| {
                let said = format!("sandbox {} is running and has no live container", row.id);
                Finding::error(CHECK, said, MENDED)
            });
        left.chain(missing).collect()
    }

    fn volumes(&self) -> Vec<Finding> {
        let left = self.volumes.iter().filter(|volume| {
            let row = self.row(&volume.sandbox_id);
            // Volumes of probes name no sandbox.
            volume.sandbox_id.parse::<SandboxId>().is_ok()
                && !row.is_some_and(|row| keeps(row, volume.name.as_str()))
        });
        left.map(|volume| {
            let said = format!("volume {} is of no present workspace", volume.name.as_str());
            Finding::warning(CHECK, said, MENDED)
        })
        .collect()
    }

    fn layers(&self) -> Vec<Finding> {
        let there: HashSet<&str> =
            self.disk.layers.iter().map(|entry| entry.layer.as_str()).collect();
        let known: HashSet<&str> = self.layers.iter().map(|(layer, _)| layer.as_str()).collect();
        let lost = self
            .layers
            .iter()
            .filter(|(layer, state)| *state == LayerState::Ready && !there.contains(layer.as_str()))
            .map(|(layer, _)| {
                Finding::error(CHECK, format!("layer {layer} has no directory"), LOST)
            });
        let unknown = there.difference(&known).map(|layer| {
            Finding::warning(CHECK, format!("the directory of layer {layer} has no row"), REMOVED)
        });
        lost.chain(unknown).collect()
    }

    fn generations(&self) -> Vec<Finding> {
        let there: HashSet<(&str, u32)> = self
            .disk
            .generations
            .iter()
            .map(|entry| (entry.generation.sandbox(), entry.generation.number()))
            .collect();
        let settled: HashSet<SandboxId> = self
            .settled()
            .filter(|row| matches!(row.status, SandboxStatus::Running | SandboxStatus::Stopped))
            .map(|row| row.id)
            .collect();
        let active = self.generations.iter().filter(|row| row.state == GenerationState::Active);
        active
            .filter(|row| settled.contains(&row.sandbox_id))
            .filter(|row| {
                let number = u32::try_from(row.number).unwrap_or(0);
                !there.contains(&(row.sandbox_id.lower().as_str(), number))
            })
            .map(|row| {
                let said = format!("the workspace of sandbox {} has no directory", row.sandbox_id);
                Finding::error(CHECK, said, LOST)
            })
            .collect()
    }
}
