//! `task.run`: a prompt handed to an agent once, whatever dies, and followed to its end. Everything
//! that was learnt is in the task's row: an attempt goes on where the row is.

use sandboxd_shared::domain::{OutputKind, Task};
use sandboxd_shared::ids::TaskId;
use sandboxd_shared::jobs::run_task::Input;
use sandboxd_shared::jobs::{Found, input};
use sandboxd_shared::store::task_output;
use sandboxd_shared::store::tasks::Checkpoint;
use serde_json::json;

use super::{Done, Tools};
use crate::runner::{JobContext, JobError};
use crate::tasks::failure_of;

pub(super) const STEPS: u32 = 9;

pub(super) async fn run(tools: &Tools, cx: &JobContext) -> Result<Done, JobError> {
    let id = task_id(cx)?;
    let mut task = tools.tasks.begin(cx, id).await?;
    if task.ended.is_none() {
        have_it_done(tools, cx, &task).await?;
        task = tools.tasks.task(cx, id).await?;
    }
    if task.failure_reason.is_none() {
        look_at_it(tools, cx, &task).await?;
    }
    keep_it(tools, cx, &task).await?;
    match failure_of(&tools.tasks.task(cx, id).await?) {
        Some(failure) => Err(failure),
        None => Ok(Done::TaskRun),
    }
}

fn task_id(cx: &JobContext) -> Result<TaskId, JobError> {
    Ok(input::<Input>(cx.operation())?.task_id)
}

/// Until the agent has ended.
async fn have_it_done(tools: &Tools, cx: &JobContext, task: &Task) -> Result<(), JobError> {
    let (tasks, id) = (&tools.tasks, task.id);
    if task.handed_over_to.is_none() {
        if task.checkpoint {
            cx.long_step("checkpoint_before", "Keeping the workspace as it is", async {
                tasks.checkpoint(cx, id, Checkpoint::Before).await
            })
            .await?;
        }
        cx.long_step("wake_sandbox", "Waking the sandbox", tasks.wake(cx, task)).await?;
        cx.long_step("await_workspace", "Waiting until the workspace is ready", async {
            tools.containers.wait_ready(task.sandbox_id, false).await
        })
        .await?;
    }
    if !task.begun {
        // Not to be broken off: what is being sent must be known to be there before it is ended.
        cx.step("hand_over", "Handing the prompt to the agent", tasks.hand_over(cx, id)).await?;
    }
    if tasks.task(cx, id).await?.ended.is_none() {
        cx.long_step("follow_agent", "The agent works", tasks.follow(cx, id)).await?;
    }
    Ok(())
}

/// What the agent has done, built and asked for.
async fn look_at_it(tools: &Tools, cx: &JobContext, task: &Task) -> Result<(), JobError> {
    let (tasks, id) = (&tools.tasks, task.id);
    if task.build_ok.is_none() {
        cx.long_step("check_build", "Building the app", tasks.check_build(cx, id)).await?;
    }
    if task.preview_status_after.is_none() {
        cx.long_step("check_preview", "Looking at the preview", tasks.check_preview(cx, id))
            .await?;
    }
    Ok(())
}

/// The workspace as the agent has left it: an agent that failed may have done much. A task whose
/// agent is done isn't lost because this can't be kept.
async fn keep_it(tools: &Tools, cx: &JobContext, task: &Task) -> Result<(), JobError> {
    if !task.checkpoint {
        return Ok(());
    }
    let (tasks, id) = (&tools.tasks, task.id);
    let kept = cx
        .long_step("checkpoint_after", "Keeping what the agent has done", async {
            tasks.checkpoint(cx, id, Checkpoint::After).await
        })
        .await;
    match kept {
        Ok(_) => {
            cx.long_step("list_changes", "Listing what has changed", tasks.list_changes(cx, id))
                .await
        }
        Err(JobError::Fail { public, .. }) => {
            tracing::warn!(task.id = %id, error = %public, "a task goes on without its checkpoint");
            say_that_it_is_not_kept(cx, id, &public.message).await
        }
        Err(error) => Err(error),
    }
}

async fn say_that_it_is_not_kept(cx: &JobContext, id: TaskId, why: &str) -> Result<(), JobError> {
    let mut tx = cx.fenced_write_lightly().await?;
    let told = json!({ "status": "checkpoint_failed", "detail": why });
    let now = cx.store().clock().now();
    task_output::append(&mut tx, id, &[(OutputKind::Status, told)], now).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends the agent. What is under way for the task besides ends by itself.
pub(super) async fn undo(tools: &Tools, cx: &JobContext) -> Result<Found, JobError> {
    tools.tasks.end(cx, task_id(cx)?).await?;
    Ok(Found::AsRecorded)
}
