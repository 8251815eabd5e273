//! One-shot containers: a command with a workspace, and nothing left behind.

use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error;
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, LogsOptionsBuilder, PruneContainersOptionsBuilder,
    RemoveContainerOptionsBuilder, StartContainerOptions, WaitContainerOptionsBuilder,
};
use futures::stream::StreamExt;

use super::client::{DockerRuntime, within};
use super::create::name_image;
use super::exec::collect;
use super::{body, labels};
use crate::runtime::{ExecOutput, Result, RuntimeError, WorkspaceMount, check};

/// A worker that was killed in a `run_once` leaves its container; later ones remove it once it
/// is older than this by the engine's own clock.
const LEFTOVER_AGE: &str = "1h";

impl DockerRuntime {
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
        self.sweep_leftovers().await?;
        let operation = format!("run once in {image}");
        if let WorkspaceMount::Volume { name } = workspace {
            self.expect_volume(&operation, name).await?;
        }
        let name = once_name()?;
        let guard = RemoveOnDrop { client: Some(self.client()?.clone()), name: name.clone() };
        let outcome = within(&operation, timeout, async {
            let options = CreateContainerOptionsBuilder::new().name(&name).build();
            let request = body::once(image, workspace, argv, &self.config);
            let create = self.client()?.create_container(Some(options), request);
            self.call(&operation, self.config.call_limits.create, create)
                .await
                .map_err(|error| name_image(error, image))?;
            self.run_to_end(&operation, &name, timeout).await
        })
        .await;
        let removed = match self.force_remove(&operation, &name).await {
            Err(RuntimeError::NotFound { .. }) => Ok(()),
            removed => removed,
        };
        if removed.is_ok() {
            guard.disarm();
        }
        let output = outcome?;
        removed.map(|()| output)
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

/// Removes a one-shot container whose caller went away in the middle.
struct RemoveOnDrop {
    client: Option<Docker>,
    name: String,
}

impl RemoveOnDrop {
    fn disarm(mut self) {
        self.client = None;
    }
}

impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        let (Some(client), Ok(handle)) =
            (self.client.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let name = std::mem::take(&mut self.name);
        handle.spawn(async move {
            let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
            if let Err(error) = client.remove_container(&name, Some(options)).await {
                tracing::debug!(%error, container.name = name, "a one-shot container was left");
            }
        });
    }
}
