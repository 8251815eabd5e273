//! What tasks are worked on with.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::domain::{ErrorCode, Sandbox, Task};
use sandboxd_shared::feed::Changes;
use sandboxd_shared::ids::{SandboxId, TaskId};
use sandboxd_shared::jobs::run_task;
use sandboxd_shared::store::{Store, StoreError, sandboxes, tasks};

use super::Supervisor;
use crate::health::Prober;
use crate::runner::{JobContext, JobError};
use crate::sandbox::Containers;

/// How long to wait when the feed of changes has ended: the process is about to.
const WITHOUT_FEED: Duration = Duration::from_millis(200);

/// What tasks are worked on with.
#[derive(Debug)]
pub struct Tasks {
    /// The sandboxes.
    pub containers: Containers,
    /// PID 1 of each.
    pub supervisor: Arc<dyn Supervisor>,
    /// Who asks previews.
    pub prober: Arc<dyn Prober>,
    /// When to look at rows again.
    pub changes: Changes,
}

impl Tasks {
    /// The task's row.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if there is none.
    pub async fn task(&self, cx: &JobContext, id: TaskId) -> Result<Task, JobError> {
        read_task(cx.store(), id).await
    }

    /// The row of the task's sandbox, if it is there.
    pub(super) async fn sandbox(
        &self,
        cx: &JobContext,
        id: SandboxId,
    ) -> Result<Option<Sandbox>, JobError> {
        let mut conn = cx.store().read().await?;
        Ok(sandboxes::get(&mut conn, id).await?)
    }

    pub(super) fn run_dir(&self, task: &Task) -> PathBuf {
        self.containers.place.run_dir(task.sandbox_id)
    }

    /// Says that the task is begun, once, whoever comes first.
    ///
    /// # Errors
    /// Of the database.
    pub async fn begin(&self, cx: &JobContext, id: TaskId) -> Result<Task, JobError> {
        let task = self.task(cx, id).await?;
        let mut tx = cx.fenced_write().await?;
        run_task::begin(&mut tx, cx.operation(), &task, cx.store().clock().now()).await?;
        tx.commit().await?;
        Ok(task)
    }

    /// Looks at each change until there is something to be seen.
    pub(crate) async fn until<T, F>(
        &self,
        mut look: impl FnMut() -> F + Send,
    ) -> Result<T, JobError>
    where
        F: Future<Output = Result<Option<T>, JobError>> + Send,
    {
        let mut changes = self.changes.receiver();
        loop {
            changes.mark_unchanged();
            if let Some(seen) = look().await? {
                return Ok(seen);
            }
            if changes.changed().await.is_err() {
                tokio::time::sleep(WITHOUT_FEED).await;
            }
        }
    }

    /// Waits until no operation has the task's sandbox, and gives its row.
    ///
    /// # Errors
    /// `sandbox_unavailable` if it is gone, or can't be used any more.
    pub(super) async fn free_sandbox(
        &self,
        cx: &JobContext,
        task: &Task,
    ) -> Result<Sandbox, JobError> {
        self.until(|| async {
            let row = self.sandbox(cx, task.sandbox_id).await?.ok_or_else(gone)?;
            Ok(row.active_operation_id.is_none().then_some(row))
        })
        .await
    }

    /// Waits until a task has ended.
    ///
    /// # Errors
    /// Of the database.
    pub async fn ended(&self, cx: &JobContext, id: TaskId) -> Result<(), JobError> {
        self.until(|| async {
            let mut conn = cx.store().read().await?;
            let row = tasks::get(&mut conn, id).await?;
            Ok(row.is_none_or(|row| row.status.is_final()).then_some(()))
        })
        .await
    }
}

async fn read_task(store: &Store, id: TaskId) -> Result<Task, JobError> {
    let mut conn = store.read().await?;
    let row = tasks::get(&mut conn, id).await?;
    row.ok_or_else(|| StoreError::Corrupt(format!("task {id} has no row")).into())
}

pub(super) fn gone() -> JobError {
    JobError::fail(ErrorCode::SandboxUnavailable, "the sandbox was deleted")
}
