//! The captures before and after a task. Each is an operation of its own, which is accepted together
//! with its note in the task's row: there is never one that nobody knows of, and never two.

use sandboxd_shared::domain::{ErrorBody, ErrorCode, Name, Snapshot, SnapshotStatus, Task};
use sandboxd_shared::ids::{SnapshotId, TaskId};
use sandboxd_shared::jobs::{Refusal, capture_snapshot};
use sandboxd_shared::store::tasks::{self, Checkpoint};
use sandboxd_shared::store::{operations, sandboxes, snapshots};

use super::Tasks;
use super::worker::gone;
use crate::runner::{JobContext, JobError};

/// How many captures of one checkpoint may fail in an attempt.
const TRIES: u32 = 3;

/// What a capture has come to.
enum Captured {
    Ready,
    /// Why it isn't, and what to do.
    Failed(String),
}

impl Tasks {
    /// Has the workspace captured, or waits for the capture that an attempt before has asked for.
    ///
    /// # Errors
    /// If it can't be captured; says why, and what to do.
    pub async fn checkpoint(
        &self,
        cx: &JobContext,
        id: TaskId,
        which: Checkpoint,
    ) -> Result<SnapshotId, JobError> {
        let mut tries = 0;
        loop {
            let task = self.task(cx, id).await?;
            let snapshot = match noted(&task, which) {
                Some(snapshot) => snapshot,
                None => self.ask_checkpoint(cx, &task, which).await?,
            };
            let why = match self.captured(cx, &task, snapshot).await? {
                Captured::Ready => return Ok(snapshot),
                Captured::Failed(why) => why,
            };
            let mut tx = cx.fenced_write().await?;
            tasks::set_checkpoint(&mut tx, id, which, None).await?;
            tx.commit().await?;
            tries += 1;
            if tries >= TRIES {
                let message = format!("the workspace could not be captured: {why}");
                return Err(JobError::fail(ErrorCode::SandboxUnavailable, message));
            }
        }
    }

    /// Accepts a capture of the sandbox as it is, as soon as nothing else has it.
    async fn ask_checkpoint(
        &self,
        cx: &JobContext,
        task: &Task,
        which: Checkpoint,
    ) -> Result<SnapshotId, JobError> {
        let name = match which {
            Checkpoint::Before => format!("Before task {}", task.id),
            Checkpoint::After => format!("After task {}", task.id),
        };
        let name = Name::parse(&name).expect("invariant: an id with words is a name");
        loop {
            self.free_sandbox(cx, task).await?;
            let mut tx = cx.fenced_write().await?;
            let now = cx.store().clock().now();
            // Read again where it can't change.
            let row = sandboxes::get(&mut tx, task.sandbox_id).await?.ok_or_else(gone)?;
            if row.active_operation_id.is_some() {
                continue;
            }
            match capture_snapshot::accept_checkpoint(&mut tx, &row, Some(task.id), &name, now)
                .await
            {
                Ok(operation) => {
                    tasks::set_checkpoint(&mut tx, task.id, which, operation.snapshot_id).await?;
                    tx.commit().await?;
                    let snapshot = operation.snapshot_id;
                    return Ok(snapshot.expect("invariant: a capture names its snapshot"));
                }
                Err(refusal) => return Err(refused(refusal)),
            }
        }
    }

    /// Waits for a capture's end.
    async fn captured(
        &self,
        cx: &JobContext,
        task: &Task,
        id: SnapshotId,
    ) -> Result<Captured, JobError> {
        self.until(|| async {
            let mut conn = cx.store().read().await?;
            Ok(match snapshots::get(&mut conn, id).await? {
                Some(Snapshot { status: SnapshotStatus::Ready, .. }) => Some(Captured::Ready),
                Some(Snapshot { status: SnapshotStatus::Capturing, .. }) => None,
                _ => {
                    let operation =
                        operations::newest_about_snapshot(&mut conn, task.sandbox_id, id).await?;
                    let error = operation.and_then(|operation| operation.error);
                    let why = error.map(|error| error.message);
                    Some(Captured::Failed(why.unwrap_or_else(|| "it was called off".to_owned())))
                }
            })
        })
        .await
    }
}

fn noted(task: &Task, which: Checkpoint) -> Option<SnapshotId> {
    match which {
        Checkpoint::Before => task.checkpoint_before,
        Checkpoint::After => task.checkpoint_after,
    }
}

/// What the refusal of an operation that is a part of the task means for the task.
pub(super) fn refused(refusal: Refusal) -> JobError {
    match refusal {
        Refusal::Store(error) => error.into(),
        Refusal::Client(public) => JobError::Fail { public: as_unavailable(public), cause: None },
    }
}

/// The same words; 409 and 429 are about requests, and there is none here.
pub(super) fn as_unavailable(body: ErrorBody) -> ErrorBody {
    match body.code {
        ErrorCode::Conflict | ErrorCode::OperationInProgress | ErrorCode::NotFound => {
            ErrorBody { code: ErrorCode::SandboxUnavailable, ..body }
        }
        _ => body,
    }
}
