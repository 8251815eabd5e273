//! One-shot containers: a command with a workspace, and nothing left behind.

use std::time::Duration;

use bollard::errors::Error;
use bollard::models::ContainerCreateBody;
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, LogsOptionsBuilder, PruneContainersOptionsBuilder,
    StartContainerOptions, WaitContainerOptionsBuilder,
};
use futures::stream::StreamExt;
use tokio_util::sync::CancellationToken;

use super::client::{DockerRuntime, within};
use super::create::name_image;
use super::exec::collect;
use super::{body, labels};
use crate::runtime::{ExecOutput, Result, RuntimeError, WorkspaceMount, check};

/// A worker that was killed in a `run_once` leaves its container; later calls remove it once it
/// has ended and is older than this by the engine's own clock.
const LEFTOVER_AGE: &str = "1h";

impl DockerRuntime {
    /// Runs apart from its caller, who may go away at any time: a create that is cut off still
    /// completes in the engine, after any clean-up. So creating and removing are never cut off,
    /// only what lies between.
    pub(super) async fn one_shot(
        &self,
        image: &str,
        workspace: &WorkspaceMount,
        argv: &[String],
        timeout: Duration,
    ) -> Result<ExecOutput> {
        check::image(image)?;
        workspace.validate()?;
        check::argv(argv)?;
        let abandoned = CancellationToken::new();
        let _abandon = abandoned.clone().drop_guard();
        let body = body::once(image, workspace, argv, &self.config);
        let (this, image, workspace) = (self.clone(), image.to_owned(), workspace.clone());
        let task = tokio::spawn(async move {
            this.sweep_leftovers().await?;
            let operation = format!("run once in {image}");
            if let WorkspaceMount::Volume { name } = &workspace {
                this.expect_volume(&operation, name).await?;
            }
            this.create_run_remove(&operation, body, timeout, &abandoned)
                .await
                .map_err(|error| name_image(error, &image))
        });
        task.await.unwrap_or_else(|error| Err(RuntimeError::unavailable("run once", error)))
    }

    async fn create_run_remove(
        &self,
        operation: &str,
        body: ContainerCreateBody,
        timeout: Duration,
        abandoned: &CancellationToken,
    ) -> Result<ExecOutput> {
        let name = once_name()?;
        let options = CreateContainerOptionsBuilder::new().name(&name).build();
        let create = self.client()?.create_container(Some(options), body);
        self.call(operation, self.config.call_limits.create, create).await?;
        let outcome = tokio::select! {
            outcome = within(operation, timeout, self.run_to_end(operation, &name, timeout)) => {
                outcome
            }
            () = abandoned.cancelled() => {
                Err(RuntimeError::conflict(operation, "its caller went away"))
            }
        };
        let removed = self.force_remove(operation, &name).await;
        let output = outcome?;
        match removed {
            Ok(()) | Err(RuntimeError::NotFound { .. }) => Ok(output),
            Err(error) => Err(error),
        }
    }

    async fn run_to_end(
        &self,
        operation: &str,
        name: &str,
        timeout: Duration,
    ) -> Result<ExecOutput> {
        let client = self.client()?;
        let start = client.start_container(name, None::<StartContainerOptions>);
        self.call(operation, self.config.call_limits.start, start).await?;
        let until = WaitContainerOptionsBuilder::new().condition("not-running").build();
        let mut wait = client.wait_container(name, Some(until));
        let code = match self.call(operation, timeout, first(&mut wait)).await? {
            Some(code) => code,
            None => return Err(RuntimeError::unavailable(operation, "the wait was cut off")),
        };
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).build();
        let logs = Box::pin(client.logs(name, Some(options)));
        let (output, truncated) = collect(operation, timeout, logs).await?;
        Ok(ExecOutput { code, output, truncated })
    }

    async fn sweep_leftovers(&self) -> Result<()> {
        let filter = labels::once_filter(&self.config.node, LEFTOVER_AGE);
        let options = PruneContainersOptionsBuilder::new().filters(&filter).build();
        let call = self.client()?.prune_containers(Some(options));
        match self.call("sweep one-shot containers", self.config.call_limits.remove, call).await {
            // Another worker sweeps just now: the engine allows one prune at a time.
            Ok(_) | Err(RuntimeError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The exit code; bollard makes an error of every one but zero.
async fn first<S>(wait: &mut S) -> Result<Option<i64>, Error>
where
    S: futures::Stream<Item = Result<bollard::models::ContainerWaitResponse, Error>> + Unpin,
{
    match wait.next().await {
        Some(Ok(answer)) => Ok(Some(answer.status_code)),
        Some(Err(Error::DockerContainerWaitError { code, .. })) => Ok(Some(code)),
        Some(Err(error)) => Err(error),
        None => Ok(None),
    }
}

fn once_name() -> Result<String> {
    let random = getrandom::u64()
        .map_err(|error| RuntimeError::unavailable("draw a random name", error.to_string()))?;
    Ok(format!("sandboxd-once-{random:016x}"))
}
