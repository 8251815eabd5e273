//! `sandbox.create`: directories, container, start, and a workspace that is ready.

use sandboxd_shared::jobs::Found;

use super::{Done, Tools};
use crate::runner::{JobContext, JobError};

pub(super) const STEPS: u32 = 5;

pub(super) async fn run(tools: &Tools, cx: &JobContext) -> Result<Done, JobError> {
    let containers = &tools.containers;
    let sandbox = tools.sandbox(cx).await?;
    let id = sandbox.id;
    cx.step("admit", "Checking that there is room", async { tools.admit(cx, 1).await }).await?;
    cx.step("create_workspace", "Making the workspace", async {
        containers.storage.prepare(cx, id).await
    })
    .await?;
    cx.step("create_container", "Making the container", async {
        containers.create(cx, &sandbox, false).await
    })
    .await?;
    let endpoint = cx
        .step("start_container", "Starting the container", async {
            containers.start(cx, &sandbox).await
        })
        .await?;
    cx.wait_step("seed_workspace", "Preparing the workspace", async {
        containers.wait_ready(id, false).await
    })
    .await?;
    Ok(Done::Created(endpoint))
}

/// Leaves no container and no mount; the workspace is discarded with the rows.
pub(super) async fn undo(tools: &Tools, cx: &JobContext) -> Result<Found, JobError> {
    tools.containers.take_down(super::tools::sandbox_id(cx.operation())?).await?;
    Ok(Found::Stopped)
}
