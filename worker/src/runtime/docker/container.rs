//! The life of a container after it was made.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::{
    InspectContainerOptions, ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
    StartContainerOptions, StopContainerOptionsBuilder,
};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::client::{DockerRuntime, within};
use super::{labels, state};
use crate::runtime::{ContainerName, ContainerState, Phase, Result, RuntimeError};

/// How often to look whether somebody else's removal, or a create nobody waits for, has ended.
const REMOVAL_POLL: Duration = Duration::from_millis(25);
/// Look-ups at once while listing.
const LIST_LOOK_UPS: usize = 4;
/// The longest grace the engine's whole seconds are asked for.
const MAX_GRACE: Duration = Duration::from_secs(3600);

impl DockerRuntime {
    pub(super) async fn inspect_raw(
        &self,
        name: &ContainerName,
    ) -> Result<Option<ContainerInspectResponse>> {
        let operation = format!("inspect {name}");
        let call = self.client()?.inspect_container(name.as_str(), None::<InspectContainerOptions>);
        match self.call(&operation, self.config.call_limits.look_up, call).await {
            Ok(found) => Ok(Some(found)),
            Err(RuntimeError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The state of our container of this name. Every change looks here first, so that nothing of
    /// another installation is changed.
    pub(super) async fn owned(&self, name: &ContainerName) -> Result<Option<ContainerState>> {
        let Some(found) = self.inspect_raw(name).await? else { return Ok(None) };
        match state::inspected(&found, &self.config.node, &self.config.network) {
            Some(state) => Ok(Some(state)),
            None => Err(RuntimeError::conflict(
                format!("inspect {name}"),
                "a container of this name is not of this installation",
            )),
        }
    }

    async fn existing(&self, operation: &str, name: &ContainerName) -> Result<ContainerState> {
        self.owned(name).await?.ok_or_else(|| RuntimeError::not_found(operation, "no container"))
    }

    pub(super) async fn start(&self, name: &ContainerName) -> Result<ContainerState> {
        let operation = format!("start {name}");
        let found = self.existing(&operation, name).await?;
        match found.phase {
            Phase::Running => return Ok(found),
            Phase::Paused => return Err(RuntimeError::conflict(operation, "it is paused")),
            Phase::Removing => return Err(RuntimeError::conflict(operation, "it is removed")),
            Phase::Created | Phase::Exited { .. } => {}
        }
        match self.start_call(&operation, name).await {
            // `docker network prune` takes a network that nothing runs on.
            Err(RuntimeError::NotFound { message, .. }) if message.contains("network") => {
                tracing::warn!(network = self.config.network, "the sandbox network was gone");
                self.sandbox_network().await?;
                self.start_call(&operation, name).await?;
            }
            outcome => outcome?,
        }
        self.existing(&operation, name).await
    }

    async fn start_call(&self, operation: &str, name: &ContainerName) -> Result<()> {
        let call = self.client()?.start_container(name.as_str(), None::<StartContainerOptions>);
        self.call(operation, self.config.call_limits.start, call).await
    }

    pub(super) async fn stop(&self, name: &ContainerName, grace: Duration) -> Result<()> {
        let operation = format!("stop {name}");
        match self.owned(name).await? {
            Some(found) if found.phase.is_live() => {}
            _ => return Ok(()),
        }
        let grace = grace.min(MAX_GRACE);
        let whole = grace.as_secs() + u64::from(grace.subsec_nanos() > 0);
        let seconds = i32::try_from(whole).expect("invariant: an hour of seconds fits");
        let options = StopContainerOptionsBuilder::new().t(seconds).build();
        let limit = Duration::from_secs(whole) + self.config.call_limits.stop;
        let call = self.client()?.stop_container(name.as_str(), Some(options));
        match self.call(&operation, limit, call).await {
            Err(RuntimeError::NotFound { .. }) => Ok(()),
            outcome => outcome,
        }
    }

    /// A create whose caller went away still completes. Meanwhile the engine lists the container,
    /// yet answers 404 to an inspect or a removal: absent is only what isn't listed either.
    pub(super) async fn remove(&self, name: &ContainerName) -> Result<()> {
        let operation = format!("remove {name}");
        within(&operation, self.config.call_limits.remove, async {
            loop {
                if self.owned(name).await?.is_some() {
                    match self.force_remove(&operation, name.as_str()).await {
                        Err(RuntimeError::NotFound { .. }) => {}
                        Err(RuntimeError::Conflict { message, .. })
                            if message.contains("in progress") => {}
                        outcome => return outcome,
                    }
                } else if !self.is_listed(name).await? {
                    return Ok(());
                }
                tokio::time::sleep(REMOVAL_POLL).await;
            }
        })
        .await
    }

    async fn is_listed(&self, name: &ContainerName) -> Result<bool> {
        // A filter on names is a regular expression over them, each with a slash in front.
        let filter = HashMap::from([("name", vec![format!("^/{name}$")])]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filter).build();
        let call = self.client()?.list_containers(Some(options));
        let operation = format!("look for {name}");
        let entries = self.call(&operation, self.config.call_limits.look_up, call).await?;
        Ok(!entries.is_empty())
    }

    /// Also takes the anonymous volumes that an image may declare; named ones stay.
    pub(super) async fn force_remove(&self, operation: &str, container: &str) -> Result<()> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        let call = self.client()?.remove_container(container, Some(options));
        self.call(operation, self.config.call_limits.remove, call).await
    }

    pub(super) async fn pause(&self, name: &ContainerName) -> Result<()> {
        let operation = format!("pause {name}");
        if self.existing(&operation, name).await?.phase == Phase::Paused {
            return Ok(());
        }
        let call = self.client()?.pause_container(name.as_str());
        let outcome = self.call(&operation, self.config.call_limits.freeze, call).await;
        self.settle(&operation, name, Phase::Paused, outcome).await
    }

    pub(super) async fn unpause(&self, name: &ContainerName) -> Result<()> {
        let operation = format!("unpause {name}");
        if self.existing(&operation, name).await?.phase == Phase::Running {
            return Ok(());
        }
        let call = self.client()?.unpause_container(name.as_str());
        let outcome = self.call(&operation, self.config.call_limits.freeze, call).await;
        self.settle(&operation, name, Phase::Running, outcome).await
    }

    /// The engine refuses with 409 or 500, depending on the call, both what is done already (by
    /// somebody else, just now) and what doesn't fit: the state tells which it was.
    async fn settle(
        &self,
        operation: &str,
        name: &ContainerName,
        wanted: Phase,
        outcome: Result<()>,
    ) -> Result<()> {
        let (Err(RuntimeError::Conflict { message, .. })
        | Err(RuntimeError::Engine { message, .. })) = &outcome
        else {
            return outcome;
        };
        let phase = self.existing(operation, name).await?.phase;
        if phase == wanted {
            Ok(())
        } else if phase.is_live() {
            outcome
        } else {
            Err(RuntimeError::conflict(operation, message.clone()))
        }
    }

    /// Reads the engine's snapshot, which waits for no container's lock. Only stopped ones are
    /// looked at one by one, for what the snapshot leaves out.
    pub(super) async fn list(&self) -> Result<Vec<ContainerState>> {
        let operation = "list containers";
        let filter = labels::filter(&self.config.node);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filter).build();
        let call = self.client()?.list_containers(Some(options));
        let entries = self.call(operation, self.config.call_limits.look_up, call).await?;
        let listed: Vec<ContainerState> = entries
            .iter()
            .filter_map(|entry| {
                let state = state::listed(entry, &self.config.node, &self.config.network);
                if state.is_none() {
                    tracing::warn!(container.names = ?entry.names, "labels can't be read");
                }
                state
            })
            .collect();
        let states: Vec<Option<ContainerState>> = stream::iter(listed)
            .map(|entry| self.complete(entry))
            .buffer_unordered(LIST_LOOK_UPS)
            .try_collect()
            .await?;
        let mut states: Vec<ContainerState> = states.into_iter().flatten().collect();
        states.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(states)
    }

    async fn complete(&self, entry: ContainerState) -> Result<Option<ContainerState>> {
        if !matches!(entry.phase, Phase::Exited { .. }) {
            return Ok(Some(entry));
        }
        let state = self.owned(&entry.name).await?;
        Ok(state.map(|state| ContainerState { started_at: None, ..state }))
    }
}
