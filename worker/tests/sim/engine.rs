//! The fake engine behind all that can go wrong on the way to it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use sandboxd_worker::runtime::fake::FakeRuntime;
use sandboxd_worker::runtime::{
    ContainerName, ContainerState, EngineInfo, EventStream, ExecOutput, NetworkInfo, Result,
    Runtime, RuntimeError, SandboxContainer, VolumeInfo, VolumeName, WorkspaceMount,
};

use crate::process::{Answer, Process};

#[derive(Debug)]
pub(crate) struct SimRuntime {
    pub(crate) process: Arc<Process>,
    pub(crate) engine: FakeRuntime,
}

impl SimRuntime {
    /// The fake itself never waits: its calls are done at once, at one instant of the world.
    async fn call<T: Send>(
        &self,
        call: &'static str,
        subject: &str,
        changes: Option<&str>,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let work = || work.now_or_never().expect("the fake engine does not wait");
        match self.process.outside(call, subject, changes, work).await {
            Answer::Done(outcome) => outcome,
            Answer::Refused => Err(RuntimeError::Engine {
                operation: call.to_owned(),
                status: 500,
                message: "refused by the simulation".to_owned(),
            }),
            Answer::Lost => Err(RuntimeError::Timeout {
                operation: call.to_owned(),
                after: Duration::from_secs(1),
            }),
        }
    }
}

/// The sandbox of a container or a volume: `s-<sandbox>` or `s-<sandbox>-g<N>`.
fn sandbox(name: &str) -> Option<&str> {
    name.strip_prefix("s-")?.split('-').next()
}

#[async_trait]
impl Runtime for SimRuntime {
    async fn ping(&self) -> Result<EngineInfo> {
        self.call("ping", "", None, self.engine.ping()).await
    }

    async fn ensure_network(&self) -> Result<NetworkInfo> {
        self.call("ensure_network", "", None, self.engine.ensure_network()).await
    }

    async fn image_id(&self, image: &str) -> Result<Option<String>> {
        self.call("image_id", image, None, self.engine.image_id(image)).await
    }

    async fn create_container(&self, spec: &SandboxContainer) -> Result<()> {
        let name = spec.name.as_str();
        let work = self.engine.create_container(spec);
        self.call("create_container", name, sandbox(name), work).await
    }

    async fn start_container(&self, name: &ContainerName) -> Result<ContainerState> {
        let (text, work) = (name.as_str(), self.engine.start_container(name));
        self.call("start_container", text, sandbox(text), work).await
    }

    async fn stop_container(&self, name: &ContainerName, grace: Duration) -> Result<()> {
        let (text, work) = (name.as_str(), self.engine.stop_container(name, grace));
        self.call("stop_container", text, sandbox(text), work).await
    }

    async fn remove_container(&self, name: &ContainerName) -> Result<()> {
        let (text, work) = (name.as_str(), self.engine.remove_container(name));
        self.call("remove_container", text, sandbox(text), work).await
    }

    async fn pause_container(&self, name: &ContainerName) -> Result<()> {
        let (text, work) = (name.as_str(), self.engine.pause_container(name));
        self.call("pause_container", text, sandbox(text), work).await
    }

    async fn unpause_container(&self, name: &ContainerName) -> Result<()> {
        let (text, work) = (name.as_str(), self.engine.unpause_container(name));
        self.call("unpause_container", text, sandbox(text), work).await
    }

    async fn inspect_container(&self, name: &ContainerName) -> Result<Option<ContainerState>> {
        let work = self.engine.inspect_container(name);
        self.call("inspect_container", name.as_str(), None, work).await
    }

    async fn list_containers(&self) -> Result<Vec<ContainerState>> {
        self.call("list_containers", "", None, self.engine.list_containers()).await
    }

    async fn create_volume(
        &self,
        name: &VolumeName,
        options: &BTreeMap<String, String>,
        sandbox_id: &str,
    ) -> Result<()> {
        let (text, work) = (name.as_str(), self.engine.create_volume(name, options, sandbox_id));
        self.call("create_volume", text, sandbox(text), work).await
    }

    async fn remove_volume(&self, name: &VolumeName) -> Result<()> {
        let (text, work) = (name.as_str(), self.engine.remove_volume(name));
        self.call("remove_volume", text, sandbox(text), work).await
    }

    async fn list_volumes(&self) -> Result<Vec<VolumeInfo>> {
        self.call("list_volumes", "", None, self.engine.list_volumes()).await
    }

    async fn exec(
        &self,
        name: &ContainerName,
        argv: &[String],
        timeout: Duration,
    ) -> Result<ExecOutput> {
        self.engine.exec(name, argv, timeout).await
    }

    async fn run_once(
        &self,
        image: &str,
        workspace: &WorkspaceMount,
        argv: &[String],
        timeout: Duration,
    ) -> Result<ExecOutput> {
        self.engine.run_once(image, workspace, argv, timeout).await
    }

    async fn events(&self) -> Result<EventStream> {
        self.call("events", "", None, self.engine.events()).await
    }
}
