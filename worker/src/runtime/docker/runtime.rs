//! The runtime's calls, each in its own file.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;

use super::client::DockerRuntime;
use crate::runtime::{
    ContainerName, ContainerState, EngineInfo, EventStream, ExecOutput, NetworkInfo, Result,
    Runtime, SandboxContainer, VolumeInfo, VolumeName, WorkspaceMount,
};

#[async_trait]
impl Runtime for DockerRuntime {
    async fn ping(&self) -> Result<EngineInfo> {
        self.engine_info().await
    }

    async fn ensure_network(&self) -> Result<NetworkInfo> {
        self.sandbox_network().await
    }

    async fn image_id(&self, image: &str) -> Result<Option<String>> {
        self.find_image(image).await
    }

    async fn create_container(&self, spec: &SandboxContainer) -> Result<()> {
        self.create_once(spec).await
    }

    async fn start_container(&self, name: &ContainerName) -> Result<ContainerState> {
        self.start(name).await
    }

    async fn stop_container(&self, name: &ContainerName, grace: Duration) -> Result<()> {
        self.stop(name, grace).await
    }

    async fn remove_container(&self, name: &ContainerName) -> Result<()> {
        self.remove(name).await
    }

    async fn pause_container(&self, name: &ContainerName) -> Result<()> {
        self.pause(name).await
    }

    async fn unpause_container(&self, name: &ContainerName) -> Result<()> {
        self.unpause(name).await
    }

    async fn inspect_container(&self, name: &ContainerName) -> Result<Option<ContainerState>> {
        self.owned(name).await
    }

    async fn list_containers(&self) -> Result<Vec<ContainerState>> {
        self.list().await
    }

    async fn create_volume(
        &self,
        name: &VolumeName,
        options: &BTreeMap<String, String>,
        sandbox_id: &str,
    ) -> Result<()> {
        self.make_volume(name, options, sandbox_id).await
    }

    async fn remove_volume(&self, name: &VolumeName) -> Result<()> {
        self.drop_volume(name).await
    }

    async fn list_volumes(&self) -> Result<Vec<VolumeInfo>> {
        self.volumes().await
    }

    async fn exec(
        &self,
        name: &ContainerName,
        argv: &[String],
        timeout: Duration,
    ) -> Result<ExecOutput> {
        self.run_in(name, argv, timeout).await
    }

    async fn run_once(
        &self,
        image: &str,
        workspace: &WorkspaceMount,
        argv: &[String],
        timeout: Duration,
    ) -> Result<ExecOutput> {
        self.one_shot(image, workspace, argv, timeout).await
    }

    async fn events(&self) -> Result<EventStream> {
        self.follow().await
    }
}
