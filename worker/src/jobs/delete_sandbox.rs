//! `sandbox.delete` and `app.delete`: no container and no mount. Rows go at the end, bytes after
//! them, when nothing stands on them.

use super::{Done, Tools};
use crate::runner::{JobContext, JobError};

pub(super) const STEPS: u32 = 1;

pub(super) async fn run(tools: &Tools, cx: &JobContext) -> Result<Done, JobError> {
    // An app without a sandbox has only rows.
    let Some(id) = cx.operation().sandbox_id else { return Ok(Done::Deleted) };
    if tools.went_down(cx, id, "remove_container").await? {
        cx.pass_point_of_no_return();
    } else {
        tools.end_task(cx).await?;
    }
    cx.step("remove_container", "Removing the container", async {
        cx.pass_point_of_no_return();
        tools.containers.unlist(cx, id).await?;
        tools.containers.take_down(id).await
    })
    .await?;
    Ok(Done::Deleted)
}
