//! `sandbox.start`: a container over the present workspace. One that runs over it already is left
//! alone; one that is gone or stale is made again.

use super::{Done, Tools};
use crate::runner::{JobContext, JobError};

pub(super) const STEPS: u32 = 5;

pub(super) async fn run(tools: &Tools, cx: &JobContext) -> Result<Done, JobError> {
    let containers = &tools.containers;
    let sandbox = tools.sandbox(cx).await?;
    let id = sandbox.id;
    let running = cx
        .step("inspect_container", "Looking at the container", async {
            containers.running(&sandbox).await
        })
        .await?;
    if let Some(endpoint) = running {
        return Ok(Done::Started(endpoint));
    }
    cx.step("admit", "Checking that there is room", async { tools.admit(cx, 1).await }).await?;
    cx.step("prepare_workspace", "Preparing the workspace", async {
        containers.storage.prepare(cx, id).await?;
        containers.storage.admit_size(&sandbox).await
    })
    .await?;
    cx.step("create_container", "Making the container", async {
        containers.unlist(cx, id).await?;
        containers.create(cx, &sandbox, false).await
    })
    .await?;
    let endpoint = cx
        .step("start_container", "Starting the container", async {
            containers.start(cx, &sandbox).await
        })
        .await?;
    Ok(Done::Started(endpoint))
}
