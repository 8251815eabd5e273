//! The suite's surroundings on a Docker engine.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bollard::query_parameters::{KillContainerOptionsBuilder, RemoveContainerOptionsBuilder};
use bollard::{API_DEFAULT_VERSION, Docker};
use sandboxd_worker::runtime::docker::{DockerConfig, DockerRuntime};
use sandboxd_worker::runtime::{ContainerName, Runtime, SandboxContainer};
use tempfile::TempDir;

use crate::image;
use crate::lab::{Lab, PATIENCE, sh};

const SOCKET_VARIABLE: &str = "SANDBOXD_TEST_DOCKER";
const NETWORK: &str = "sandboxd-test";
const BRIDGE: &str = "sbxtest0";
/// The network of the tests that remove it.
pub(crate) const DOOMED: (&str, &str) = ("sandboxd-doomed", "sbxdoomed0");

#[derive(Clone)]
pub(crate) struct DockerLab {
    pub(crate) runtime: Arc<DockerRuntime>,
    foreign: Arc<DockerRuntime>,
    /// A second way to the engine, for what happens behind the runtime's back.
    pub(crate) docker: Docker,
    pub(crate) config: DockerConfig,
    image: String,
    directories: Arc<TempDir>,
}

impl DockerLab {
    /// `None` where no engine was named, which is said aloud: half of the suite isn't run then.
    pub(crate) async fn connect() -> Option<Self> {
        Self::connect_to(NETWORK, BRIDGE).await
    }

    pub(crate) async fn connect_to(network: &str, bridge: &str) -> Option<Self> {
        let Some(socket) = socket() else {
            // Straight to the descriptor: the test harness hides what is printed with macros.
            let mut stderr = std::io::stderr();
            let _ = writeln!(stderr, "NOT RUN on Docker: {SOCKET_VARIABLE} is not set");
            return None;
        };
        let docker = Docker::connect_with_unix(&socket, 120, API_DEFAULT_VERSION).unwrap();
        let image = image::ensure(&docker).await;
        let mut random = [0u8; 4];
        getrandom::fill(&mut random).unwrap();
        let tag = u32::from_le_bytes(random);
        let mut config = DockerConfig::new(&socket, format!("ours-{tag:08x}"));
        config.network = network.to_owned();
        config.bridge = bridge.to_owned();
        let theirs = DockerConfig { node: format!("theirs-{tag:08x}"), ..config.clone() };
        Some(Self {
            runtime: Arc::new(DockerRuntime::new(config.clone()).unwrap()),
            foreign: Arc::new(DockerRuntime::new(theirs).unwrap()),
            docker,
            config,
            image,
            directories: Arc::new(tempfile::tempdir().unwrap()),
        })
    }

    async fn shell(&self, name: &ContainerName, script: &str) {
        let answer = self.runtime.exec(name, &sh(script), PATIENCE).await.unwrap();
        assert_eq!(answer.code, 0, "{script}: {}", answer.text());
    }

    async fn signal(&self, name: &ContainerName, signal: &str) {
        self.listens(name).await;
        let signal = KillContainerOptionsBuilder::new().signal(signal).build();
        self.docker.kill_container(name.as_str(), Some(signal)).await.unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's engine is named by its environment")]
fn socket() -> Option<String> {
    std::env::var(SOCKET_VARIABLE).ok().filter(|socket| !socket.is_empty())
}

#[async_trait]
impl Lab for DockerLab {
    fn runtime(&self) -> Arc<dyn Runtime> {
        self.runtime.clone()
    }

    fn image(&self) -> String {
        self.image.clone()
    }

    /// Open to all, since the test need not be the user of the sandbox.
    fn directory(&self, name: &str) -> PathBuf {
        let path = self.directories.path().join(name);
        std::fs::create_dir_all(&path).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o777)).unwrap();
        path
    }

    async fn listens(&self, name: &ContainerName) {
        self.shell(name, "while [ ! -e /tmp/ready ]; do :; done").await;
    }

    async fn exit(&self, name: &ContainerName, code: u8) {
        self.shell(name, &format!("echo {code} > /tmp/exit")).await;
        self.signal(name, "SIGUSR1").await;
    }

    async fn exhaust_memory(&self, name: &ContainerName) {
        self.signal(name, "SIGUSR2").await;
    }

    async fn exhaust_memory_of_a_child(&self, name: &ContainerName) {
        let hog = sh("tail /dev/zero");
        assert_eq!(self.runtime.exec(name, &hog, PATIENCE).await.unwrap().code, 137);
    }

    /// A stopped process handles no signal; only SIGKILL ends it.
    async fn make_stubborn(&self, name: &ContainerName) {
        self.signal(name, "SIGSTOP").await;
    }

    async fn remove_by_hand(&self, name: &ContainerName) {
        let options = RemoveContainerOptionsBuilder::new().force(true).build();
        self.docker.remove_container(name.as_str(), Some(options)).await.unwrap();
    }

    async fn start_foreign(&self, spec: &SandboxContainer) {
        self.foreign.create_container(spec).await.unwrap();
        self.foreign.start_container(&spec.name).await.unwrap();
    }

    async fn clean_up(&self) {
        for runtime in [&self.runtime, &self.foreign] {
            for state in runtime.list_containers().await.unwrap() {
                runtime.stop_container(&state.name, Duration::ZERO).await.unwrap();
                runtime.remove_container(&state.name).await.unwrap();
            }
            for volume in runtime.list_volumes().await.unwrap() {
                runtime.remove_volume(&volume.name).await.unwrap();
            }
        }
    }
}
