//! What a case needs beside the runtime: things done behind its back.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use sandboxd_worker::runtime::{
    Attachment, ContainerEvent, ContainerEventKind, ContainerName, ContainerState, EventStream,
    Limits, Phase, Runtime, SandboxContainer, VolumeName, WorkspaceMount,
};

/// How long a condition may take to come true.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Grace for a container that ends when asked.
pub(crate) const GRACE: Duration = Duration::from_secs(20);
const MIB: u64 = 1024 * 1024;

/// One installation on an engine, and somebody beside it who may do anything.
#[async_trait]
pub(crate) trait Lab: Send + Sync {
    fn runtime(&self) -> Arc<dyn Runtime>;
    /// An image whose PID 1 ends with code 0 when asked.
    fn image(&self) -> String;
    /// Directories of the host, each empty and the sandbox's.
    fn directory(&self, name: &str) -> std::path::PathBuf;
    /// PID 1 has set its traps, a moment after it was started: a signal before that is lost.
    async fn listens(&self, name: &ContainerName);
    /// PID 1 ends with `code`.
    async fn exit(&self, name: &ContainerName, code: u8);
    /// PID 1 takes more memory than it may.
    async fn exhaust_memory(&self, name: &ContainerName);
    /// Another process takes more memory than there may be.
    async fn exhaust_memory_of_a_child(&self, name: &ContainerName);
    /// PID 1 no longer ends when asked.
    async fn make_stubborn(&self, name: &ContainerName);
    /// Somebody removes the container by hand.
    async fn remove_by_hand(&self, name: &ContainerName);
    /// Another installation makes and starts a container.
    async fn start_foreign(&self, spec: &SandboxContainer);
    async fn clean_up(&self);
}

/// A new sandbox's name and id.
pub(crate) fn sandbox() -> (ContainerName, String) {
    let mut random = [0u8; 16];
    getrandom::fill(&mut random).unwrap();
    let id = ulid::Ulid::from_bytes(random).to_string();
    (ContainerName::new(format!("s-{}", id.to_lowercase())).unwrap(), id)
}

/// A spec for a new sandbox with a directory as its workspace.
pub(crate) fn spec(lab: &dyn Lab) -> SandboxContainer {
    let (name, sandbox_id) = sandbox();
    SandboxContainer {
        workspace: WorkspaceMount::Bind { source: lab.directory(&format!("{name}-work")) },
        run_dir: lab.directory(&format!("{name}-run")),
        name,
        sandbox_id,
        generation: 1,
        operation_id: "op-1".to_owned(),
        image: lab.image(),
        env: vec![("GREETING".to_owned(), "hello".to_owned())],
        limits: Limits { memory_bytes: 48 * MIB, cpus: 1.0, pids: 64, nofile: None },
        oci_runtime: None,
        attachment: Attachment::default(),
    }
}

/// A new sandbox that runs.
pub(crate) async fn started(lab: &dyn Lab) -> SandboxContainer {
    let spec = spec(lab);
    create_and_start(lab, &spec).await;
    spec
}

pub(crate) async fn create_and_start(lab: &dyn Lab, spec: &SandboxContainer) -> ContainerState {
    let runtime = lab.runtime();
    runtime.ensure_network().await.unwrap();
    runtime.create_container(spec).await.unwrap();
    let state = runtime.start_container(&spec.name).await.unwrap();
    lab.listens(&spec.name).await;
    state
}

pub(crate) async fn phase(lab: &dyn Lab, name: &ContainerName) -> Option<Phase> {
    lab.runtime().inspect_container(name).await.unwrap().map(|state| state.phase)
}

/// Waits until the container is in a phase that `wanted` accepts.
pub(crate) async fn reaches(
    lab: &dyn Lab,
    name: &ContainerName,
    wanted: impl Fn(Phase) -> bool,
) -> Phase {
    let reached = async {
        loop {
            if let Some(phase) = phase(lab, name).await
                && wanted(phase)
            {
                return phase;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, reached).await.expect("the phase was not reached")
}

/// The next events about one container, until `last` (included).
pub(crate) async fn events_until(
    events: &mut EventStream,
    name: &ContainerName,
    last: ContainerEventKind,
) -> Vec<ContainerEventKind> {
    let mut seen = Vec::new();
    let collected = async {
        while let Some(event) = events.next().await {
            let ContainerEvent { name: about, kind, .. } = event.unwrap();
            if about == *name {
                seen.push(kind);
                if kind == last {
                    return;
                }
            }
        }
        panic!("the stream ended");
    };
    tokio::time::timeout(PATIENCE, collected).await.expect("the event did not come");
    seen
}

pub(crate) fn volume() -> VolumeName {
    VolumeName::new(format!("{}-g1", sandbox().0)).unwrap()
}

pub(crate) fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub(crate) fn sh(script: &str) -> Vec<String> {
    argv(&["/bin/sh", "-c", script])
}
