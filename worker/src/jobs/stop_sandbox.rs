//! `sandbox.stop`: no container, no mount, and what changed sealed, so that the next capture has
//! nothing to do.

use sandboxd_shared::jobs::input;
use sandboxd_shared::jobs::stop_sandbox::{Input, StopReason};

use super::{Done, Tools};
use crate::runner::{JobContext, JobError};

pub(super) const STEPS: u32 = 2;

pub(super) async fn run(tools: &Tools, cx: &JobContext) -> Result<Done, JobError> {
    let containers = &tools.containers;
    let id = super::tools::sandbox_id(cx.operation())?;
    if tools.went_down(cx, id, "stop_container").await? {
        cx.pass_point_of_no_return();
    } else {
        check_that_it_is_wanted(tools, cx).await?;
        tools.end_task(cx).await?;
    }
    cx.step("stop_container", "Stopping the container", async {
        containers.unlist(cx, id).await?;
        containers.take_down(id).await
    })
    .await?;
    // It is down: a cancel comes too late to keep it running.
    cx.pass_point_of_no_return();
    cx.step("seal_workspace", "Sealing the workspace", async {
        containers.storage.seal(cx, id).await
    })
    .await?;
    Ok(Done::Stopped)
}

/// A stop that nobody asked for is called off if the sandbox was used since.
async fn check_that_it_is_wanted(tools: &Tools, cx: &JobContext) -> Result<(), JobError> {
    let request: Input = input(cx.operation())?;
    if !matches!(request.reason, StopReason::Idle | StopReason::MemoryPressure) {
        return Ok(());
    }
    let sandbox = tools.sandbox(cx).await?;
    if sandbox.last_active_at > cx.operation().created_at || sandbox.active_task_id.is_some() {
        return Err(JobError::Moot("the sandbox was used again, so it isn't stopped"));
    }
    Ok(())
}
