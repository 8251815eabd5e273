//! `app.explore`: waits for the snapshot, has it forked and the children's tasks queued in one
//! transaction, and waits for those. What it began are operations of their own, which go on whoever
//! waits for them.

use std::time::Duration;

use sandboxd_shared::domain::{App, ErrorCode, Snapshot, SnapshotStatus};
use sandboxd_shared::jobs::explore_app::{self, Input};
use sandboxd_shared::jobs::{Found, Refusal, input};
use sandboxd_shared::store::{apps, snapshots};

use super::{Done, Tools};
use crate::runner::{JobContext, JobError};

pub(super) const STEPS: u32 = 3;

/// How long taking back waits for the fork to end, and then for who has a child.
const TAKE_BACK_LIMIT: Duration = Duration::from_mins(2);
/// How often a child that something else has is tried again.
const TAKE_BACK_TICK: Duration = Duration::from_millis(200);

pub(super) async fn run(tools: &Tools, cx: &JobContext) -> Result<Done, JobError> {
    let request: Input = input(cx.operation())?;
    let snapshot = cx
        .long_step("await_snapshot", "Keeping the workspace to begin from", async {
            tools.ready_snapshot(cx, request.snapshot_id).await
        })
        .await?;
    cx.step("fork_app", "Making the children", spread(tools, cx, &request, &snapshot)).await?;
    cx.long_step("await_tasks", "The agents work", async {
        let over = || async {
            let mut conn = cx.store().read().await?;
            let over = explore_app::is_over(&mut conn, &request).await.map_err(refused)?;
            Ok(over.then_some(()))
        };
        tools.tasks.until(over).await
    })
    .await?;
    Ok(Done::Explored(request))
}

async fn spread(
    tools: &Tools,
    cx: &JobContext,
    request: &Input,
    snapshot: &Snapshot,
) -> Result<(), JobError> {
    let keys = &tools.containers.environments.keys;
    let mut tx = cx.fenced_write().await?;
    let now = cx.store().clock().now();
    let source = source(cx, &mut tx).await?;
    let operation = cx.operation();
    explore_app::spread(&mut tx, operation, request, &source, snapshot, keys, now)
        .await
        .map_err(refused)?;
    tx.commit().await?;
    Ok(())
}

async fn source(
    cx: &JobContext,
    conn: &mut sandboxd_shared::store::Connection,
) -> Result<App, JobError> {
    let operation = cx.operation();
    let found = match operation.app_id {
        Some(id) => apps::find(conn, &operation.owner, id).await?,
        None => None,
    };
    found.ok_or_else(|| JobError::fail(ErrorCode::NotFound, "the app was deleted meanwhile"))
}

fn refused(refusal: Refusal) -> JobError {
    match refusal {
        Refusal::Store(error) => error.into(),
        Refusal::Client(public) => JobError::Fail { public, cause: None },
    }
}

impl Tools {
    /// Waits for a capture's end.
    ///
    /// # Errors
    /// If it failed, or was called off.
    pub(super) async fn ready_snapshot(
        &self,
        cx: &JobContext,
        id: sandboxd_shared::ids::SnapshotId,
    ) -> Result<Snapshot, JobError> {
        let failed = || JobError::fail(ErrorCode::Conflict, "the workspace could not be captured");
        let captured = || async {
            let mut conn = cx.store().read().await?;
            match snapshots::get(&mut conn, id).await? {
                Some(row) if row.status == SnapshotStatus::Ready => Ok(Some(row)),
                Some(row) if row.status == SnapshotStatus::Capturing => Ok(None),
                _ => Err(failed()),
            }
        };
        self.tasks.until(captured).await
    }
}

/// Has the children deleted, with all that was begun in them.
pub(super) async fn undo(_tools: &Tools, cx: &JobContext) -> Result<Found, JobError> {
    let request: Input = input(cx.operation())?;
    let work = async {
        loop {
            let mut tx = cx.fenced_write().await?;
            let now = cx.store().clock().now();
            let gone = explore_app::take_back(&mut tx, cx.operation(), &request, now).await?;
            tx.commit().await?;
            if gone {
                return Ok(Found::Stopped);
            }
            tokio::time::sleep(TAKE_BACK_TICK).await;
        }
    };
    tokio::time::timeout(TAKE_BACK_LIMIT, work).await.unwrap_or_else(|_| {
        tracing::warn!(operation.id = %cx.operation().id, "children of an exploration are left");
        Ok(Found::Stopped)
    })
}
