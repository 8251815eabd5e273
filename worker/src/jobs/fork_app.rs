//! `app.fork`: children over one snapshot's chain, a few at a time. All of them, or none.

use futures::{StreamExt, TryStreamExt, stream};
use sandboxd_shared::domain::Sandbox;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::fork_app::{Child, GitHistory, Input};
use sandboxd_shared::jobs::{Found, input};
use sandboxd_shared::store::sandboxes::Endpoint;

use super::{Done, Tools};
use crate::runner::{JobContext, JobError};

pub(super) const STEPS: u32 = 4;

/// Children that are worked on at a time: starting a container is bound by the CPU.
const AT_A_TIME: usize = 4;

pub(super) async fn run(tools: &Tools, cx: &JobContext) -> Result<Done, JobError> {
    let request: Input = input(cx.operation())?;
    let reset_git = request.git == GitHistory::Reset;
    let ids: Vec<SandboxId> = request.children.iter().map(|child| child.sandbox_id).collect();
    cx.step("admit", "Checking that there is room", async { tools.admit(cx, ids.len()).await })
        .await?;
    cx.step("create_workspace", "Making the workspaces", async {
        for_each(&ids, |id| tools.containers.storage.prepare(cx, id)).await.map(|_| ())
    })
    .await?;
    let endpoints = cx
        .step("start_container", "Starting the containers", async {
            for_each(&ids, |id| start(tools, cx, id, reset_git)).await
        })
        .await?;
    cx.wait_step("prepare_workspace", "Preparing the workspaces", async {
        for_each(&ids, |id| tools.containers.wait_ready(id, reset_git)).await.map(|_| ())
    })
    .await?;
    let children: Vec<(Child, Endpoint)> = request.children.into_iter().zip(endpoints).collect();
    Ok(Done::Forked(children))
}

async fn for_each<'a, T, F>(
    ids: &'a [SandboxId],
    work: impl Fn(SandboxId) -> F + 'a,
) -> Result<Vec<T>, JobError>
where
    F: Future<Output = Result<T, JobError>> + Send + 'a,
{
    let jobs: Vec<F> = ids.iter().map(|id| work(*id)).collect();
    stream::iter(jobs).buffered(AT_A_TIME).try_collect().await
}

async fn start(
    tools: &Tools,
    cx: &JobContext,
    id: SandboxId,
    reset_git: bool,
) -> Result<Endpoint, JobError> {
    let sandbox: Sandbox = tools.sandbox_by_id(cx, id).await?;
    tools.containers.create(cx, &sandbox, reset_git).await?;
    tools.containers.start(cx, &sandbox).await
}

/// Leaves no container and no mount of any child; their rows go with the operation's end.
pub(super) async fn undo(tools: &Tools, cx: &JobContext) -> Result<Found, JobError> {
    let request: Input = input(cx.operation())?;
    let ids: Vec<SandboxId> = request.children.iter().map(|child| child.sandbox_id).collect();
    for_each(&ids, |id| tools.containers.take_down(id)).await?;
    Ok(Found::Stopped)
}
