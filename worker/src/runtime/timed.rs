//! Any runtime, with the time and the outcome of each call recorded.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sandboxd_shared::{metrics, telemetry, traced};
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::{
    ContainerName, ContainerState, EngineInfo, EventStream, ExecOutput, NetworkInfo, Result,
    Runtime, RuntimeError, SandboxContainer, VolumeInfo, VolumeName, WorkspaceMount,
};

/// A runtime whose calls are measured.
#[derive(Debug)]
pub struct Timed {
    inner: Arc<dyn Runtime>,
}

impl Timed {
    /// Measures what `inner` does.
    #[must_use]
    pub fn new(inner: Arc<dyn Runtime>) -> Self {
        Self { inner }
    }
}

async fn timed<T>(call: &'static str, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
    // What housekeeping asks is no part of a trace.
    let span = if telemetry::is_traced() {
        traced!(
            "docker",
            otel.name = format!("docker {call}"),
            otel.kind = "client",
            outcome = Empty
        )
    } else {
        Span::none()
    };
    let begun = Instant::now();
    let result = work.instrument(span.clone()).await;
    let outcome = result.as_ref().map_or_else(RuntimeError::outcome, |_| "ok");
    span.record("outcome", outcome);
    metrics::docker_called(call, outcome, begun.elapsed());
    result
}

#[async_trait]
impl Runtime for Timed {
    async fn ping(&self) -> Result<EngineInfo> {
        timed("ping", self.inner.ping()).await
    }

    async fn ensure_network(&self) -> Result<NetworkInfo> {
        timed("ensure_network", self.inner.ensure_network()).await
    }

    async fn image_id(&self, image: &str) -> Result<Option<String>> {
        timed("image_id", self.inner.image_id(image)).await
    }

    async fn create_container(&self, spec: &SandboxContainer) -> Result<()> {
        timed("create_container", self.inner.create_container(spec)).await
    }

    async fn start_container(&self, name: &ContainerName) -> Result<ContainerState> {
        timed("start_container", self.inner.start_container(name)).await
    }

    async fn stop_container(&self, name: &ContainerName, grace: Duration) -> Result<()> {
        timed("stop_container", self.inner.stop_container(name, grace)).await
    }

    async fn remove_container(&self, name: &ContainerName) -> Result<()> {
        timed("remove_container", self.inner.remove_container(name)).await
    }

    async fn pause_container(&self, name: &ContainerName) -> Result<()> {
        timed("pause_container", self.inner.pause_container(name)).await
    }

    async fn unpause_container(&self, name: &ContainerName) -> Result<()> {
        timed("unpause_container", self.inner.unpause_container(name)).await
    }

    async fn inspect_container(&self, name: &ContainerName) -> Result<Option<ContainerState>> {
        timed("inspect_container", self.inner.inspect_container(name)).await
    }

    async fn list_containers(&self) -> Result<Vec<ContainerState>> {
        timed("list_containers", self.inner.list_containers()).await
    }

    async fn create_volume(
        &self,
        name: &VolumeName,
        options: &BTreeMap<String, String>,
        sandbox_id: &str,
    ) -> Result<()> {
        timed("create_volume", self.inner.create_volume(name, options, sandbox_id)).await
    }

    async fn remove_volume(&self, name: &VolumeName) -> Result<()> {
        timed("remove_volume", self.inner.remove_volume(name)).await
    }

    async fn list_volumes(&self) -> Result<Vec<VolumeInfo>> {
        timed("list_volumes", self.inner.list_volumes()).await
    }

    async fn exec(
        &self,
        name: &ContainerName,
        argv: &[String],
        timeout: Duration,
    ) -> Result<ExecOutput> {
        timed("exec", self.inner.exec(name, argv, timeout)).await
    }

    async fn run_once(
        &self,
        image: &str,
        workspace: &WorkspaceMount,
        argv: &[String],
        timeout: Duration,
    ) -> Result<ExecOutput> {
        timed("run_once", self.inner.run_once(image, workspace, argv, timeout)).await
    }

    async fn events(&self) -> Result<EventStream> {
        timed("events", self.inner.events()).await
    }
}
