//! `snapshot.capture`: of a stopped sandbox by sealing what changed, of a running one by copying
//! it while the sandbox is frozen.

use sandboxd_shared::domain::{ErrorCode, Sandbox};
use sandboxd_shared::jobs::capture_snapshot::Input;
use sandboxd_shared::jobs::{Found, input};

use super::{Done, Tools};
use crate::runner::{JobContext, JobError};
use crate::sandbox::{Captured, container_name};

pub(super) const STEPS: u32 = 2;

pub(super) async fn run(tools: &Tools, cx: &JobContext) -> Result<Done, JobError> {
    let request: Input = input(cx.operation())?;
    let sandbox = tools.sandbox(cx).await?;
    cx.step("admit", "Checking that there is room", async { tools.capacity.admit_disk() }).await?;
    let captured = if request.live {
        cx.step("copy_workspace", "Copying what has changed", async {
            capture_live(tools, cx, &sandbox).await
        })
        .await?
    } else {
        cx.step("seal_workspace", "Sealing the workspace", async {
            // Nothing, mostly: a crashed container may have left its mount.
            tools.containers.take_down(sandbox.id).await?;
            tools.containers.storage.seal(cx, sandbox.id).await
        })
        .await?
    };
    Ok(Done::Captured { layer: captured.layer })
}

async fn capture_live(
    tools: &Tools,
    cx: &JobContext,
    sandbox: &Sandbox,
) -> Result<Captured, JobError> {
    let containers = &tools.containers;
    let name = container_name(sandbox.id)?;
    let live = containers.find(sandbox.id).await?.is_some_and(|state| state.phase.is_live());
    if !live {
        return Err(JobError::fail(
            ErrorCode::Conflict,
            "the sandbox is not running any more; capture it as it is, without \"live\"",
        ));
    }
    let storage = &containers.storage;
    storage.capture_live(cx, containers.runtime.as_ref(), &name, sandbox).await
}

/// Thaws the sandbox before this worker lets go of it: the next one may be long in coming.
pub(super) async fn let_go(tools: &Tools, cx: &JobContext) -> Result<(), JobError> {
    let request: Input = input(cx.operation())?;
    let id = super::tools::sandbox_id(cx.operation())?;
    if request.live { tools.containers.thaw(id).await } else { Ok(()) }
}

/// Thaws the sandbox, and gives up a copy that isn't whole.
pub(super) async fn undo(tools: &Tools, cx: &JobContext) -> Result<Found, JobError> {
    let request: Input = input(cx.operation())?;
    let sandbox = tools.sandbox(cx).await?;
    if !request.live {
        return Ok(Found::Stopped);
    }
    tools.containers.storage.drop_live(cx).await?;
    tools.containers.thaw(sandbox.id).await?;
    tools.found(cx).await
}
