//! The calls every container runtime offers, and what each promises.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;

use super::{
    ContainerEvent, ContainerName, ContainerState, EngineInfo, ExecOutput, NetworkInfo, Result,
    SandboxContainer, VolumeInfo, VolumeName, WorkspaceMount,
};

/// Events as they happen. After an `Err` the stream ends: subscribe again, then compare with
/// [`Runtime::list`], since what happened in between is lost.
pub type EventStream = BoxStream<'static, Result<ContainerEvent>>;

/// A container engine, seen from one installation.
///
/// Every call is idempotent and may be repeated after any error, a timeout included. None waits
/// longer than a named limit. A container or volume of another installation on the same engine is
/// never changed: calls about one end in [`super::RuntimeError::Conflict`].
///
/// What no call does: decide, retry a failure, or keep state of its own.
#[async_trait]
pub trait Runtime: Send + Sync + Debug {
    /// Asks the engine who it is.
    async fn ping(&self) -> Result<EngineInfo>;

    /// Makes sure that the sandboxes' network exists and does not let them reach each other.
    ///
    /// # Errors
    /// `Conflict` if a network of that name exists with other settings.
    async fn ensure_network(&self) -> Result<NetworkInfo>;

    /// The engine's id of an image, or `None` if it doesn't have it.
    async fn image_id(&self, image: &str) -> Result<Option<String>>;

    /// Makes a container and leaves it stopped. One with the same spec is left as it is, whatever
    /// state it is in; of two callers at once one makes it and both succeed.
    ///
    /// # Errors
    /// `Stale` if the name is taken by another generation, sandbox or spec; `NoImage`;
    /// `NotFound` if the workspace volume is missing (an engine would silently make an empty
    /// one); `Invalid`.
    async fn create_container(&self, spec: &SandboxContainer) -> Result<()>;

    /// Starts a container and says where it is. Running already is a success.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if it is paused or being removed.
    async fn start_container(&self, name: &ContainerName) -> Result<ContainerState>;

    /// Asks PID 1 to end and kills it after `grace`. Absent or stopped is a success; a paused
    /// container is stopped too.
    async fn stop_container(&self, name: &ContainerName, grace: Duration) -> Result<()>;

    /// Kills and removes a container and waits until it is gone. Absent is a success. Volumes
    /// stay.
    async fn remove_container(&self, name: &ContainerName) -> Result<()>;

    /// Freezes all processes. Paused already is a success.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if it doesn't run.
    async fn pause_container(&self, name: &ContainerName) -> Result<()>;

    /// Thaws all processes. Running already is a success.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if it doesn't run.
    async fn unpause_container(&self, name: &ContainerName) -> Result<()>;

    /// The state of a container, or `None` if there is none.
    async fn inspect_container(&self, name: &ContainerName) -> Result<Option<ContainerState>>;

    /// All containers of this installation, by name. A container that is being started or is
    /// stuck doesn't hold this up.
    async fn list_containers(&self) -> Result<Vec<ContainerState>>;

    /// Makes a volume of the engine's local driver with these options.
    ///
    /// # Errors
    /// `VolumeMismatch` if it exists with other options or for another sandbox.
    async fn create_volume(
        &self,
        name: &VolumeName,
        options: &BTreeMap<String, String>,
        sandbox_id: &str,
    ) -> Result<()>;

    /// Removes a volume, which unmounts it. Absent is a success.
    ///
    /// # Errors
    /// `VolumeInUse` while a container refers to it, stopped ones included.
    async fn remove_volume(&self, name: &VolumeName) -> Result<()>;

    /// All volumes of this installation, by name.
    async fn list_volumes(&self) -> Result<Vec<VolumeInfo>>;

    /// Runs a command in a running container as the sandbox's user and waits for its end. The
    /// engine can't end it: after `Timeout` it goes on. Its command line is visible in the
    /// engine's events: no secrets.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if the container doesn't run.
    async fn exec(
        &self,
        name: &ContainerName,
        argv: &[String],
        timeout: Duration,
    ) -> Result<ExecOutput>;

    /// Runs a command once in a container of its own, as hardened as a sandbox, without network
    /// and with `workspace` at `/home/sandbox`. The container is gone when this returns, and is
    /// in no list.
    async fn run_once(
        &self,
        image: &str,
        workspace: &WorkspaceMount,
        argv: &[String],
        timeout: Duration,
    ) -> Result<ExecOutput>;

    /// Subscribes to what happens to this installation's containers. All that happens after this
    /// returns is in the stream.
    async fn events(&self) -> Result<EventStream>;
}
