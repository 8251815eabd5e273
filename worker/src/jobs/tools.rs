//! What handlers work with.

use std::sync::Arc;

use sandboxd_shared::domain::{Operation, Sandbox};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::Found;
use sandboxd_shared::store::{StoreError, sandboxes};

use crate::runner::{JobContext, JobError};
use crate::sandbox::{Capacity, Containers};

/// What handlers work with.
#[derive(Debug)]
pub struct Tools {
    /// Containers and workspaces.
    pub containers: Containers,
    /// What the host has to spare.
    pub capacity: Arc<dyn Capacity>,
}

impl Tools {
    /// The row of the operation's sandbox.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if there is none.
    pub(super) async fn sandbox(&self, cx: &JobContext) -> Result<Sandbox, JobError> {
        self.sandbox_by_id(cx, sandbox_id(cx.operation())?).await
    }

    pub(super) async fn sandbox_by_id(
        &self,
        cx: &JobContext,
        id: SandboxId,
    ) -> Result<Sandbox, JobError> {
        let mut conn = cx.store().read().await?;
        let row = sandboxes::get(&mut conn, id).await?;
        row.ok_or_else(|| StoreError::Corrupt(format!("sandbox {id} has no row")).into())
    }

    /// Refuses before anything is begun if the host has too little to spare.
    pub(super) fn admit(&self) -> Result<(), JobError> {
        self.capacity.admit_disk()?;
        self.capacity.admit_memory()
    }

    /// Whether an attempt before began `step` and the container is down since: a cancel comes too
    /// late to keep it running.
    pub(super) async fn went_down(
        &self,
        cx: &JobContext,
        sandbox: SandboxId,
        step: &str,
    ) -> Result<bool, JobError> {
        if !cx.began_before(step) {
            return Ok(false);
        }
        let found = self.containers.find(sandbox).await?;
        Ok(!found.is_some_and(|container| container.phase.is_live()))
    }

    /// What state undoing finds the operation's sandbox in, with a container that is frozen or
    /// over another workspace taken down.
    pub(super) async fn found(&self, cx: &JobContext) -> Result<Found, JobError> {
        let sandbox = self.sandbox(cx).await?;
        match self.containers.running(&sandbox).await? {
            Some(endpoint) => Ok(Found::Running(endpoint)),
            None => {
                self.containers.unlist(cx, sandbox.id).await?;
                self.containers.take_down(sandbox.id).await?;
                Ok(Found::Stopped)
            }
        }
    }
}

/// The sandbox that the operation is about.
///
/// # Errors
/// [`StoreError::Corrupt`] if it names none.
pub(super) fn sandbox_id(operation: &Operation) -> Result<SandboxId, JobError> {
    operation.sandbox_id.ok_or_else(|| {
        StoreError::Corrupt(format!("operation {} names no sandbox", operation.id)).into()
    })
}
