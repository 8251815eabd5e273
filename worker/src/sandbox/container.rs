//! A sandbox's container: made over its workspace, looked at, taken down.

use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::domain::{ErrorCode, Sandbox, SandboxStatus};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::sandboxes::{self, Endpoint};

use super::{Environments, Init, InitStatus, Place, Storage};
use crate::failpoint;
use crate::firewall::Guard;
use crate::runner::{JobContext, JobError};
use crate::runtime::{
    ContainerName, ContainerState, Limits, Phase, Runtime, RuntimeError, SandboxContainer,
    VolumeName, WorkspaceMount,
};
use crate::workspace::Mount;

/// How long PID 1 may take to end its programs.
const STOP_GRACE: Duration = Duration::from_secs(5);
/// How long a workspace may take to be seeded. Copying a template's dependencies is the longest.
const READY_LIMIT: Duration = Duration::from_mins(3);
/// How often PID 1 is asked meanwhile.
const READY_TICK: Duration = Duration::from_millis(25);

/// What all containers of a worker have in common.
#[derive(Debug, Clone)]
pub struct SandboxSettings {
    /// An OCI runtime of the engine.
    pub oci_runtime: Option<String>,
    /// Open files.
    pub nofile: Option<u64>,
}

/// The containers of a node.
#[derive(Debug, Clone)]
pub struct Containers {
    /// The engine.
    pub runtime: Arc<dyn Runtime>,
    /// The workspaces.
    pub storage: Storage,
    /// The run directories.
    pub place: Place,
    /// PID 1 of each.
    pub init: Arc<dyn Init>,
    /// What their dev servers get of their apps' config.
    pub environments: Environments,
    /// What they have in common.
    pub settings: SandboxSettings,
    /// Who keeps them apart on the network.
    pub guard: Arc<dyn Guard>,
}

/// The name of a sandbox's container.
///
/// # Errors
/// None in practice: an id is a valid name.
pub fn container_name(sandbox: SandboxId) -> Result<ContainerName, JobError> {
    Ok(ContainerName::new(format!("s-{}", sandbox.lower()))?)
}

impl Containers {
    /// The container of a sandbox, if there is one.
    ///
    /// # Errors
    /// Of the engine.
    pub async fn find(&self, sandbox: SandboxId) -> Result<Option<ContainerState>, JobError> {
        Ok(self.runtime.inspect_container(&container_name(sandbox)?).await?)
    }

    /// Whether the sandbox's container has live processes.
    pub(super) async fn is_live(&self, sandbox: SandboxId) -> Result<bool, JobError> {
        Ok(self.find(sandbox).await?.is_some_and(|found| found.phase.is_live()))
    }

    /// Where the sandbox's container answers, if it runs over the sandbox's present workspace.
    ///
    /// # Errors
    /// Of the engine.
    pub async fn running(&self, sandbox: &Sandbox) -> Result<Option<Endpoint>, JobError> {
        let found = self.find(sandbox.id).await?;
        Ok(found.as_ref().filter(|state| is_current(state, sandbox)).and_then(endpoint))
    }

    /// Makes the container, over the present workspace, and leaves it stopped. One that is stale
    /// goes first. `reset_git` gives a fork a git history of its own.
    ///
    /// # Errors
    /// Of the database, the file system or the engine.
    pub async fn create(
        &self,
        cx: &JobContext,
        sandbox: &Sandbox,
        reset_git: bool,
    ) -> Result<(), JobError> {
        let (row, mount) = self.storage.mount(cx, sandbox.id).await?;
        let workspace = self.workspace_mount(sandbox.id, mount).await?;
        let run_dir = self.place.make(sandbox.id).map_err(|error| JobError::Retry {
            public: sandboxd_shared::domain::ErrorBody::new(
                ErrorCode::Internal,
                "the sandbox's run directory could not be made",
            ),
            cause: Some(Box::new(error)),
        })?;
        let spec = SandboxContainer {
            name: container_name(sandbox.id)?,
            sandbox_id: sandbox.id.to_string(),
            generation: u32::try_from(row.number).unwrap_or(u32::MAX),
            operation_id: cx.operation().id.to_string(),
            image: sandbox.image.clone(),
            workspace,
            run_dir,
            env: environment(sandbox, reset_git),
            limits: Limits {
                memory_bytes: sandbox.limits.memory_bytes,
                // The engine refuses more than the host has.
                cpus: sandbox.limits.cpus.min(host_cpus()),
                pids: u64::from(sandbox.limits.pids),
                nofile: self.settings.nofile,
            },
            oci_runtime: self.settings.oci_runtime.clone(),
            attachment: self.guard.attach(cx, sandbox.id).await?,
        };
        match self.runtime.create_container(&spec).await {
            Err(RuntimeError::Stale { .. }) => {
                self.runtime.remove_container(&spec.name).await?;
                // Only the present workspace of a sandbox may be mounted.
                let present = match &spec.workspace {
                    WorkspaceMount::Volume { name } => Some(name),
                    WorkspaceMount::Bind { .. } => None,
                };
                self.unmount(sandbox.id, present).await?;
                Ok(self.runtime.create_container(&spec).await?)
            }
            result => Ok(result?),
        }
    }

    async fn workspace_mount(
        &self,
        sandbox: SandboxId,
        mount: Mount,
    ) -> Result<WorkspaceMount, JobError> {
        match mount {
            Mount::Bind { source } => Ok(WorkspaceMount::Bind { source }),
            Mount::Volume { name, options } => {
                let name = VolumeName::new(name)?;
                self.runtime.create_volume(&name, &options, &sandbox.to_string()).await?;
                Ok(WorkspaceMount::Volume { name })
            }
        }
    }

    /// Starts the container, once what holds it back on the network is in place, and gives its dev
    /// server the environment that this waits for.
    ///
    /// # Errors
    /// Of the guard, the engine or the database; `sandbox_unavailable` for a container that ended
    /// at once, or whose PID 1 doesn't answer.
    pub async fn start(&self, cx: &JobContext, sandbox: &Sandbox) -> Result<Endpoint, JobError> {
        let endpoint = self.start_container(sandbox.id).await?;
        failpoint::hit("start.started").await?;
        self.give_environment(cx, sandbox).await?;
        failpoint::hit("start.environment_given").await?;
        Ok(endpoint)
    }

    async fn start_container(&self, sandbox: SandboxId) -> Result<Endpoint, JobError> {
        let name = container_name(sandbox)?;
        self.guard.admit(sandbox).await?;
        let state = match self.runtime.start_container(&name).await {
            // One that an attempt before left frozen.
            Err(RuntimeError::Conflict { .. }) => {
                self.runtime.unpause_container(&name).await?;
                self.runtime.start_container(&name).await?
            }
            result => result?,
        };
        endpoint(&state).ok_or_else(|| {
            JobError::retry(ErrorCode::SandboxUnavailable, "the sandbox's container ended at once")
        })
    }

    /// Waits until the workspace is ready to be worked in.
    ///
    /// # Errors
    /// `sandbox_unavailable` if it isn't in time, or its container has ended.
    pub async fn wait_ready(&self, sandbox: SandboxId, reset_git: bool) -> Result<(), JobError> {
        let run_dir = self.place.run_dir(sandbox);
        let until = tokio::time::Instant::now() + READY_LIMIT;
        let mut ticks = 0u32;
        loop {
            let answer = self.init.status(&run_dir).await;
            if let Ok(InitStatus { seeded: true, git_reset, .. }) = answer
                && (git_reset || !reset_git)
            {
                return Ok(());
            }
            ticks += 1;
            if ticks.is_multiple_of(20) && !self.is_live(sandbox).await? {
                return Err(JobError::retry(
                    ErrorCode::SandboxUnavailable,
                    "the sandbox's container ended while its workspace was made ready",
                ));
            }
            if tokio::time::Instant::now() >= until {
                return Err(JobError::fail(
                    ErrorCode::SandboxUnavailable,
                    "the sandbox's workspace was not ready in time",
                ));
            }
            tokio::time::sleep(READY_TICK).await;
        }
    }

    /// Takes the sandbox off the gateway's table: nobody dials an address that is about to be
    /// given to somebody else.
    ///
    /// # Errors
    /// Of the database.
    pub async fn unlist(&self, cx: &JobContext, sandbox: SandboxId) -> Result<(), JobError> {
        let mut tx = cx.fenced_write().await?;
        sandboxes::clear_endpoint(&mut tx, sandbox).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Stops and removes the container and unmounts the workspace. Absent is a success.
    ///
    /// # Errors
    /// Of the database or the engine.
    pub async fn take_down(&self, sandbox: SandboxId) -> Result<(), JobError> {
        let name = container_name(sandbox)?;
        self.runtime.stop_container(&name, STOP_GRACE).await?;
        self.runtime.remove_container(&name).await?;
        self.unmount(sandbox, None).await
    }

    /// Thaws a container that a live capture may have left frozen.
    ///
    /// # Errors
    /// Of the engine.
    pub async fn thaw(&self, sandbox: SandboxId) -> Result<(), JobError> {
        let frozen = self.find(sandbox).await?.is_some_and(|found| found.phase == Phase::Paused);
        if frozen {
            self.runtime.unpause_container(&container_name(sandbox)?).await?;
        }
        Ok(())
    }

    /// Removes the volumes of a sandbox but for `keep`, which unmounts them.
    async fn unmount(&self, sandbox: SandboxId, keep: Option<&VolumeName>) -> Result<(), JobError> {
        let id = sandbox.to_string();
        for volume in self.runtime.list_volumes().await? {
            if volume.sandbox_id != id || Some(&volume.name) == keep {
                continue;
            }
            match self.runtime.remove_volume(&volume.name).await {
                // Some engines keep counting a container that is gone, after a restart of theirs.
                // Storage proves for itself that nothing is mounted; the reconciler tries again.
                Err(error @ RuntimeError::VolumeInUse { .. }) => tracing::warn!(
                    sandbox.id = %sandbox, error = &error as &dyn std::error::Error,
                    "a volume can't be removed yet"
                ),
                removed => removed?,
            }
        }
        Ok(())
    }
}

/// Whether a container runs over the sandbox's present workspace.
fn is_current(state: &ContainerState, sandbox: &Sandbox) -> bool {
    i64::from(state.generation) == sandbox.generation
        && state.image == sandbox.image
        && matches!(state.phase, Phase::Running)
        && sandbox.status != SandboxStatus::Error
}

fn endpoint(state: &ContainerState) -> Option<Endpoint> {
    if !state.phase.is_live() {
        return None;
    }
    Some(Endpoint { address: state.address?, container_id: state.id.clone() })
}

fn host_cpus() -> f64 {
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

fn environment(sandbox: &Sandbox, reset_git: bool) -> Vec<(String, String)> {
    let ports: Vec<String> = sandbox.ports.as_slice().iter().map(u16::to_string).collect();
    // Values of the app's config never come this way: anybody with the engine can read them here.
    let mut env = vec![
        ("SANDBOXD_PORTS".to_owned(), ports.join(",")),
        ("SANDBOXD_AWAIT_ENVIRONMENT".to_owned(), "1".to_owned()),
    ];
    if let Some(template) = sandbox.template {
        env.push(("SANDBOXD_TEMPLATE".to_owned(), template.to_string()));
    }
    if reset_git {
        env.push(("SANDBOXD_GIT_RESET".to_owned(), sandbox.id.to_string()));
    }
    env
}
