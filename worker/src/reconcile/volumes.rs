//! Volumes against generations: only the present workspace of a sandbox that runs may be mounted.

use sandboxd_shared::domain::{Sandbox, SandboxStatus};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::sandboxes;

use super::Reconciler;
use crate::runner::JobError;
use crate::runtime::RuntimeError;

impl Reconciler {
    /// Removes volumes of sandboxes that are gone or stopped, and of generations that were left.
    pub(super) async fn reconcile_volumes(&self) -> Result<(), JobError> {
        for volume in self.containers.runtime.list_volumes().await? {
            let Ok(id) = volume.sandbox_id.parse::<SandboxId>() else { continue };
            let Ok(_held) = self.locks.try_take(&id.to_string()) else { continue };
            let mut conn = self.store.read().await?;
            let row = sandboxes::get(&mut conn, id).await?;
            drop(conn);
            if row.as_ref().is_some_and(|row| keeps(row, volume.name.as_str())) {
                continue;
            }
            match self.containers.runtime.remove_volume(&volume.name).await {
                Ok(()) => tracing::info!(volume = volume.name.as_str(), "removed a left volume"),
                // Some engines can't after a restart until they are restarted again.
                Err(RuntimeError::VolumeInUse { .. }) => {
                    tracing::debug!(volume = volume.name.as_str(), "a left volume is still in use");
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Whether a volume is of a workspace that runs, or may be of the one that comes.
pub(crate) fn keeps(row: &Sandbox, volume: &str) -> bool {
    row.active_operation_id.is_some()
        || !is_down(row) && volume == format!("s-{}-g{}", row.id.lower(), row.generation)
}

/// Whether a sandbox has neither a container nor a volume, unless an operation is about to give it
/// one.
pub(crate) const fn is_down(row: &Sandbox) -> bool {
    matches!(row.status, SandboxStatus::Stopped | SandboxStatus::Error)
}
