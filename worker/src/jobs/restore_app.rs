//! `app.restore`: everything that can be refused or made ahead comes first; then the old workspace
//! is kept as a safety snapshot, and one transaction switches to the new one.

use sandboxd_shared::domain::{ErrorCode, Sandbox, SnapshotStatus};
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::jobs::restore_app::Input;
use sandboxd_shared::jobs::{Found, capture_snapshot, input};
use sandboxd_shared::store::sandboxes::Endpoint;
use sandboxd_shared::store::{generations, snapshots};

use super::{Done, Tools};
use crate::runner::{JobContext, JobError};

pub(super) const STEPS: u32 = 6;

pub(super) async fn run(tools: &Tools, cx: &JobContext) -> Result<Done, JobError> {
    let request: Input = input(cx.operation())?;
    let sandbox = tools.sandbox(cx).await?;
    let id = sandbox.id;
    let storage = &tools.containers.storage;
    if switched(cx, &request, &sandbox).await? {
        // What was admitted then is not refused now: it would be left down.
        cx.pass_point_of_no_return();
        storage.prepare(cx, id).await?;
        return run_again(tools, cx, &request).await;
    }
    if request.adopts.is_some() {
        cx.long_step("await_snapshot", "Capturing what is adopted", async {
            tools.ready_snapshot(cx, request.snapshot_id).await
        })
        .await?;
    }
    cx.step("admit", "Checking that there is room", async {
        tools.capacity.admit_disk()?;
        if request.run { tools.admit_memory(cx, 1).await } else { Ok(()) }
    })
    .await?;
    if request.created {
        cx.step("create_workspace", "Preparing the workspace", async {
            storage.prepare(cx, id).await
        })
        .await?;
        return run_again(tools, cx, &request).await;
    }
    cx.step("create_workspace", "Preparing the restored workspace", async {
        let layer = layer_of(cx, request.snapshot_id).await?;
        storage.prepare_replacement(cx, id, layer.as_deref()).await
    })
    .await?;
    tools.end_task(cx).await?;
    cx.step("stop_container", "Stopping the container", async {
        tools.containers.unlist(cx, id).await?;
        tools.containers.take_down(id).await
    })
    .await?;
    if let Some(safety) = request.safety_snapshot_id {
        cx.step("keep_workspace", "Keeping what is replaced as a snapshot", async {
            keep(tools, cx, &sandbox, safety).await
        })
        .await?;
    }
    cx.pass_point_of_no_return();
    cx.step("switch_workspace", "Switching to the restored workspace", async {
        storage.switch_to_prepared(cx, id, request.snapshot_id).await
    })
    .await?;
    run_again(tools, cx, &request).await
}

/// Whether an attempt before has switched already: then there is nothing to keep or to stop.
async fn switched(cx: &JobContext, request: &Input, sandbox: &Sandbox) -> Result<bool, JobError> {
    let mut conn = cx.store().read().await?;
    let prepared = generations::prepared(&mut conn, sandbox.id).await?;
    let began = cx.began_before("switch_workspace");
    Ok(began && prepared.is_none() && sandbox.base_snapshot_id == Some(request.snapshot_id))
}

async fn layer_of(cx: &JobContext, snapshot: SnapshotId) -> Result<Option<String>, JobError> {
    let mut conn = cx.store().read().await?;
    match snapshots::get(&mut conn, snapshot).await? {
        Some(row) if row.status == SnapshotStatus::Ready => Ok(row.layer_id),
        _ => Err(JobError::fail(ErrorCode::Conflict, "the snapshot is gone")),
    }
}

/// Seals the old workspace and records it as the safety snapshot.
async fn keep(
    tools: &Tools,
    cx: &JobContext,
    sandbox: &Sandbox,
    safety: SnapshotId,
) -> Result<(), JobError> {
    let captured = tools.containers.storage.seal(cx, sandbox.id).await?;
    let mut tx = cx.fenced_write().await?;
    let now = cx.store().clock().now();
    let layer = captured.layer.as_deref();
    capture_snapshot::fill(&mut tx, cx.operation(), safety, layer, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn run_again(tools: &Tools, cx: &JobContext, request: &Input) -> Result<Done, JobError> {
    if !request.run {
        return Ok(Done::Restored { endpoint: None });
    }
    // Its generation has changed.
    let sandbox = tools.sandbox(cx).await?;
    let endpoint = cx
        .step("start_container", "Starting the container", async {
            start(tools, cx, &sandbox).await
        })
        .await?;
    Ok(Done::Restored { endpoint: Some(endpoint) })
}

async fn start(tools: &Tools, cx: &JobContext, sandbox: &Sandbox) -> Result<Endpoint, JobError> {
    tools.containers.create(cx, sandbox, false).await?;
    tools.containers.start(cx, sandbox).await
}

/// Puts the sandbox back over its old workspace; after the switch, over the restored one.
pub(super) async fn undo(tools: &Tools, cx: &JobContext) -> Result<Found, JobError> {
    let request: Input = input(cx.operation())?;
    let sandbox = tools.sandbox(cx).await?;
    if request.created {
        tools.containers.take_down(sandbox.id).await?;
        return Ok(Found::Stopped);
    }
    tools.containers.storage.drop_prepared(cx, sandbox.id).await?;
    if !request.run {
        return tools.found(cx).await;
    }
    if let Some(endpoint) = tools.containers.running(&sandbox).await? {
        return Ok(Found::Running(endpoint));
    }
    tools.containers.storage.prepare(cx, sandbox.id).await?;
    match start(tools, cx, &sandbox).await {
        Ok(endpoint) => Ok(Found::Running(endpoint)),
        Err(JobError::Lost) => Err(JobError::Lost),
        Err(error) => {
            tracing::warn!(sandbox.id = %sandbox.id, error = &error as &dyn std::error::Error,
                "the sandbox could not be started again after a restore that failed");
            tools.found(cx).await
        }
    }
}
