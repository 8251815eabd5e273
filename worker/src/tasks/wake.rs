//! Waking the sandbox for a task.

use sandboxd_shared::domain::{
    ErrorBody, ErrorCode, Operation, OperationKind, OperationStatus, SandboxStatus, Task,
};
use sandboxd_shared::ids::OperationId;
use sandboxd_shared::jobs::start_sandbox::{self, StartReason};
use sandboxd_shared::store::{operations, sandboxes};

use super::Tasks;
use super::checkpoint::{as_unavailable, refused};
use super::worker::gone;
use crate::runner::{JobContext, JobError};

/// How often a sandbox that stops again is started in an attempt.
const TRIES: u32 = 3;

impl Tasks {
    /// Waits until the sandbox runs and nothing else has it; starts it if it is stopped.
    ///
    /// # Errors
    /// `sandbox_unavailable` if it can't be started, with the reason of the start that failed.
    pub async fn wake(&self, cx: &JobContext, task: &Task) -> Result<(), JobError> {
        for _ in 0..TRIES {
            let Some(start) = self.ask_start(cx, task).await? else { return Ok(()) };
            let ended = self.ended_operation(cx, start).await?;
            if ended.status != OperationStatus::Succeeded {
                return Err(not_started(ended));
            }
        }
        Err(JobError::retry(ErrorCode::SandboxUnavailable, "the sandbox stops again and again"))
    }

    /// The start to wait for; none if the sandbox runs.
    async fn ask_start(
        &self,
        cx: &JobContext,
        task: &Task,
    ) -> Result<Option<OperationId>, JobError> {
        loop {
            if let Some(start) = self.start_under_way(cx, task).await? {
                return Ok(Some(start));
            }
            self.free_sandbox(cx, task).await?;
            let mut tx = cx.fenced_write().await?;
            let now = cx.store().clock().now();
            // Read again where it can't change.
            let row = sandboxes::get(&mut tx, task.sandbox_id).await?.ok_or_else(gone)?;
            match row.status {
                _ if row.active_operation_id.is_some() => continue,
                SandboxStatus::Running => return Ok(None),
                SandboxStatus::Stopped => {}
                status => {
                    let message = format!("the sandbox is in status {status}");
                    return Err(JobError::fail(ErrorCode::SandboxUnavailable, message));
                }
            }
            match start_sandbox::accept(&mut tx, &row, StartReason::Task, now).await {
                Ok(accepted) => {
                    let id = accepted.operation().id;
                    tx.commit().await?;
                    return Ok(Some(id));
                }
                Err(refusal) => return Err(refused(refusal)),
            }
        }
    }

    /// A start that somebody has asked for already.
    async fn start_under_way(
        &self,
        cx: &JobContext,
        task: &Task,
    ) -> Result<Option<OperationId>, JobError> {
        let row = self.sandbox(cx, task.sandbox_id).await?.ok_or_else(gone)?;
        let Some(active) = row.active_operation_id else { return Ok(None) };
        let mut conn = cx.store().read().await?;
        let operation = operations::get(&mut conn, active).await?;
        let start = operation.filter(|found| found.kind == OperationKind::SandboxStart);
        Ok(start.map(|found| found.id))
    }

    /// Waits for an operation's end.
    async fn ended_operation(
        &self,
        cx: &JobContext,
        id: OperationId,
    ) -> Result<Operation, JobError> {
        self.until(|| async {
            let mut conn = cx.store().read().await?;
            Ok(operations::get(&mut conn, id).await?.filter(|found| found.status.is_final()))
        })
        .await
    }
}

fn not_started(start: Operation) -> JobError {
    let public = match start.error {
        Some(error) => as_unavailable(error),
        None => ErrorBody::new(ErrorCode::SandboxUnavailable, "the sandbox's start was called off"),
    };
    JobError::Fail { public, cause: None }
}
