//! What handlers work with.

use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::domain::{ErrorBody, ErrorCode, Operation, Sandbox};
use sandboxd_shared::ids::{SandboxId, TaskId};
use sandboxd_shared::jobs::Found;
use sandboxd_shared::store::{StoreError, memory_promises, sandboxes};
use serde_json::json;

use crate::runner::{JobContext, JobError};
use crate::sandbox::{Capacity, Containers};
use crate::tasks::Tasks;

/// What a sandbox takes at least when it starts, in bytes of memory: PID 1 and a small server.
const STARTING_BYTES: u64 = 64 << 20;
/// How long a start may take until what it uses shows in what is free.
const PROMISE: Duration = Duration::from_secs(20);

/// How long the end of a task that was cancelled is waited for: its agent has 5 s before it is
/// killed.
const TASK_PATIENCE: Duration = Duration::from_secs(15);

/// What handlers work with.
#[derive(Debug)]
pub struct Tools {
    /// Containers and workspaces.
    pub containers: Containers,
    /// What the host has to spare.
    pub capacity: Arc<dyn Capacity>,
    /// Agents at work in sandboxes.
    pub tasks: Tasks,
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

    /// Refuses before anything is begun if the host has too little to spare for so many starts.
    pub(super) async fn admit(&self, cx: &JobContext, starts: usize) -> Result<(), JobError> {
        self.capacity.admit_disk()?;
        self.admit_memory(cx, starts).await
    }

    /// Promises memory to the operation's starts. What others were promised a moment ago counts as
    /// used: starts that come at once can't all be given the same memory.
    pub(super) async fn admit_memory(
        &self,
        cx: &JobContext,
        starts: usize,
    ) -> Result<(), JobError> {
        let (operation, store) = (cx.operation(), cx.store());
        // The write lock makes starts of all workers take turns from the measurement on.
        let mut tx = store.write_lightly().await?;
        // A host that can't say is taken to have enough.
        let Some(free) = self.capacity.free_memory() else { return Ok(()) };
        let now = store.clock().now();
        let own = STARTING_BYTES.saturating_mul(starts.try_into().unwrap_or(u64::MAX));
        let promised =
            memory_promises::to_others(&mut tx, &operation.node, operation.id, now).await?;
        let needed = self.capacity.memory_headroom().saturating_add(promised).saturating_add(own);
        if free < needed {
            let public = ErrorBody::new(
                ErrorCode::Capacity,
                "the host has too little free memory; stop sandboxes, or add memory, and try again",
            )
            .with_details(json!({ "free_bytes": free, "needed_bytes": needed }));
            return Err(JobError::Retry { public, cause: None });
        }
        let until = now.plus(PROMISE);
        memory_promises::promise(&mut tx, &operation.node, operation.id, own, now, until).await?;
        tx.commit_quietly().await?;
        Ok(())
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

    /// Waits for the end of the task that was cancelled for this operation, for a while: a worker
    /// that has it ends its agent and keeps what it said. If there is none now, the agent ends with
    /// its container, and whoever has the task next finds that.
    pub(super) async fn end_task(&self, cx: &JobContext) -> Result<(), JobError> {
        let Some(task) = task_to_end(cx.operation())? else { return Ok(()) };
        cx.wait_step("end_task", "Ending the task", async {
            let ended = tokio::time::timeout(TASK_PATIENCE, self.tasks.ended(cx, task)).await;
            ended.unwrap_or_else(|_| {
                tracing::warn!(task.id = %task, "a task that was cancelled is not waited for longer");
                Ok(())
            })
        })
        .await
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

/// The task that was cancelled for an operation.
fn task_to_end(operation: &Operation) -> Result<Option<TaskId>, JobError> {
    let Some(task) = operation.input.get("ends_task") else { return Ok(None) };
    serde_json::from_value(task.clone()).map_err(|error| {
        let what = format!("the input of operation {}: {error}", operation.id);
        StoreError::Corrupt(what).into()
    })
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
