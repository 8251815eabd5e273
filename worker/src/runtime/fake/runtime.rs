//! The runtime's calls on the fake engine.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, StreamExt};
use tokio::sync::broadcast::error::RecvError;

use super::engine::FakeRuntime;
use super::faults::Call;
use super::world::{KILLED, Volume};
use crate::runtime::{
    ContainerName, ContainerState, EngineInfo, EventStream, ExecOutput, NetworkInfo, Phase, Result,
    Runtime, RuntimeError, SandboxContainer, VolumeInfo, VolumeName, WorkspaceMount, check,
};

const NETWORK: &str = "sandboxd";

#[async_trait]
impl Runtime for FakeRuntime {
    async fn ping(&self) -> Result<EngineInfo> {
        let mut verdict = self.engine.enter(Call::Ping, "").await?;
        verdict.after(Ok(EngineInfo {
            version: "20.10.0-fake".to_owned(),
            api_version: "0.0".to_owned(),
            cpus: 2,
            memory_bytes: self.engine.world().memory_bytes,
            oci_runtimes: vec!["runc".to_owned()],
            seccomp: true,
            rootless: false,
            userns_remap: false,
            bridge_filtered: true,
            storage_driver: "memory".to_owned(),
            cgroup: "none".to_owned(),
            unenforced: Vec::new(),
        }))
    }

    async fn ensure_network(&self) -> Result<NetworkInfo> {
        let mut verdict = self.engine.enter(Call::EnsureNetwork, NETWORK).await?;
        self.engine.world().networks.insert(NETWORK.to_owned());
        verdict.after(Ok(NetworkInfo {
            name: NETWORK.to_owned(),
            bridge: "sandboxd0".to_owned(),
            subnet: Some("10.88.0.0/16".to_owned()),
            gateway: "10.88.0.1".parse().ok(),
            isolated: true,
        }))
    }

    async fn image_id(&self, image: &str) -> Result<Option<String>> {
        let mut verdict = self.engine.enter(Call::ImageId, image).await?;
        check::image(image)?;
        verdict.after(Ok(self.engine.world().images.get(image).cloned()))
    }

    async fn create_container(&self, spec: &SandboxContainer) -> Result<()> {
        let mut verdict = self.engine.enter(Call::CreateContainer, spec.name.as_str()).await?;
        spec.validate()?;
        let outcome = self.engine.world().create(&self.node, spec);
        verdict.after(outcome)
    }

    async fn start_container(&self, name: &ContainerName) -> Result<ContainerState> {
        let mut verdict = self.engine.enter(Call::StartContainer, name.as_str()).await?;
        let outcome = self.engine.world().start(&self.node, name);
        verdict.after(outcome)
    }

    async fn stop_container(&self, name: &ContainerName, grace: Duration) -> Result<()> {
        let mut verdict = self.engine.enter(Call::StopContainer, name.as_str()).await?;
        let stubborn = match self.engine.world().owned(&self.node, name)? {
            Some(found) if found.phase.is_live() => Some(found.stubborn),
            _ => None,
        };
        if let Some(stubborn) = stubborn {
            if stubborn {
                tokio::time::sleep(grace).await;
            }
            let code = if stubborn { KILLED } else { 0 };
            self.engine.world().die(name.as_str(), code, false);
        }
        verdict.after(Ok(()))
    }

    async fn remove_container(&self, name: &ContainerName) -> Result<()> {
        let mut verdict = self.engine.enter(Call::RemoveContainer, name.as_str()).await?;
        let mut world = self.engine.world();
        if world.owned(&self.node, name)?.is_some() {
            world.remove(name.as_str());
        }
        verdict.after(Ok(()))
    }

    async fn pause_container(&self, name: &ContainerName) -> Result<()> {
        let mut verdict = self.engine.enter(Call::PauseContainer, name.as_str()).await?;
        let outcome = self.engine.world().freeze(&self.node, name, Phase::Paused);
        verdict.after(outcome)
    }

    async fn unpause_container(&self, name: &ContainerName) -> Result<()> {
        let mut verdict = self.engine.enter(Call::UnpauseContainer, name.as_str()).await?;
        let outcome = self.engine.world().freeze(&self.node, name, Phase::Running);
        verdict.after(outcome)
    }

    async fn inspect_container(&self, name: &ContainerName) -> Result<Option<ContainerState>> {
        let mut verdict = self.engine.enter(Call::InspectContainer, name.as_str()).await?;
        let state = self.engine.world().owned(&self.node, name)?.map(|found| found.state());
        verdict.after(Ok(state))
    }

    async fn list_containers(&self) -> Result<Vec<ContainerState>> {
        let mut verdict = self.engine.enter(Call::ListContainers, "").await?;
        let world = self.engine.world();
        let ours = world.containers.values().filter(|container| container.node == self.node);
        let states = ours.map(|found| ContainerState { started_at: None, ..found.state() });
        verdict.after(Ok(states.collect()))
    }

    async fn create_volume(
        &self,
        name: &VolumeName,
        options: &BTreeMap<String, String>,
        sandbox_id: &str,
    ) -> Result<()> {
        let mut verdict = self.engine.enter(Call::CreateVolume, name.as_str()).await?;
        check::token("sandbox id", sandbox_id)?;
        check::volume_options(options)?;
        let mut world = self.engine.world();
        let found = world.volumes.entry(name.clone()).or_insert_with(|| Volume {
            node: self.node.clone(),
            sandbox_id: sandbox_id.to_owned(),
            options: options.clone(),
        });
        let difference = if found.node != self.node || found.sandbox_id != sandbox_id {
            "owner"
        } else if found.options != *options {
            "options"
        } else {
            return verdict.after(Ok(()));
        };
        let difference = difference.to_owned();
        Err(RuntimeError::VolumeMismatch { volume: name.clone(), difference })
    }

    async fn remove_volume(&self, name: &VolumeName) -> Result<()> {
        let mut verdict = self.engine.enter(Call::RemoveVolume, name.as_str()).await?;
        let operation = format!("remove volume {name}");
        let mut world = self.engine.world();
        match world.expect_volume(&self.node, &operation, name) {
            Err(RuntimeError::NotFound { .. }) => {}
            Err(error) => return Err(error),
            Ok(()) if world.volume_in_use(name) => {
                return Err(RuntimeError::VolumeInUse { volume: name.clone() });
            }
            Ok(()) => drop(world.volumes.remove(name)),
        }
        verdict.after(Ok(()))
    }

    async fn list_volumes(&self) -> Result<Vec<VolumeInfo>> {
        let mut verdict = self.engine.enter(Call::ListVolumes, "").await?;
        let world = self.engine.world();
        let ours = world.volumes.iter().filter(|(_, volume)| volume.node == self.node);
        let infos = ours.map(|(name, volume)| VolumeInfo {
            name: name.clone(),
            sandbox_id: volume.sandbox_id.clone(),
        });
        verdict.after(Ok(infos.collect()))
    }

    async fn exec(
        &self,
        name: &ContainerName,
        argv: &[String],
        timeout: Duration,
    ) -> Result<ExecOutput> {
        let mut verdict = self.engine.enter(Call::Exec, name.as_str()).await?;
        check::argv(argv)?;
        let operation = format!("exec in {name}");
        let phase = self.engine.world().existing(&self.node, &operation, name)?.phase;
        if phase != Phase::Running {
            return Err(RuntimeError::conflict(operation, "it is not running"));
        }
        verdict.after(self.answer(operation, argv, timeout).await)
    }

    async fn run_once(
        &self,
        image: &str,
        workspace: &WorkspaceMount,
        argv: &[String],
        timeout: Duration,
    ) -> Result<ExecOutput> {
        let mut verdict = self.engine.enter(Call::RunOnce, image).await?;
        check::image(image)?;
        check::argv(argv)?;
        workspace.validate()?;
        let operation = format!("run once in {image}");
        if let WorkspaceMount::Volume { name } = workspace {
            self.engine.world().expect_volume(&self.node, &operation, name)?;
        }
        if !self.engine.world().images.contains_key(image) {
            return Err(RuntimeError::NoImage { image: image.to_owned() });
        }
        verdict.after(self.answer(operation, argv, timeout).await)
    }

    async fn events(&self) -> Result<EventStream> {
        self.engine.enter(Call::Events, "").await?;
        let receiver = self.engine.world().subscribe();
        let node = self.node.clone();
        let follow = stream::unfold(Some((receiver, node)), |live| async {
            let (mut receiver, node) = live?;
            loop {
                let lost = match receiver.recv().await {
                    Ok((owner, event)) if owner == node => {
                        return Some((Ok(event), Some((receiver, node))));
                    }
                    Ok(_) => continue,
                    Err(RecvError::Lagged(_)) => "the reader is too slow",
                    Err(RecvError::Closed) => "the engine ended the stream",
                };
                return Some((Err(RuntimeError::unavailable("follow events", lost)), None));
            }
        });
        Ok(follow.boxed())
    }
}

impl FakeRuntime {
    /// What the test's shell says, cut as real output is. `sleep <more than timeout>` times out.
    async fn answer(
        &self,
        operation: String,
        argv: &[String],
        timeout: Duration,
    ) -> Result<ExecOutput> {
        if let [program, seconds] = argv
            && program == "sleep"
            && let Ok(seconds) = seconds.parse().map(Duration::from_secs)
        {
            tokio::time::sleep(seconds.min(timeout)).await;
            if seconds > timeout {
                return Err(RuntimeError::Timeout { operation, after: timeout });
            }
        }
        let mut answer = (self.engine.shell())(argv);
        if answer.output.len() > ExecOutput::MAX_BYTES {
            answer.output.truncate(ExecOutput::MAX_BYTES);
            answer.truncated = true;
        }
        Ok(answer)
    }
}
