//! The suite's surroundings on the fake.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use sandboxd_worker::runtime::fake::{FakeEngine, FakeRuntime};
use sandboxd_worker::runtime::{ContainerName, ExecOutput, Runtime, SandboxContainer};

use crate::lab::Lab;

pub(crate) const IMAGE: &str = "fake-base:1";

#[derive(Clone)]
pub(crate) struct FakeLab {
    pub(crate) runtime: FakeRuntime,
}

impl FakeLab {
    pub(crate) fn new() -> Self {
        let engine = FakeEngine::new(&[IMAGE]);
        engine.set_shell(shell);
        Self { runtime: FakeRuntime::new(engine, "ours") }
    }
}

/// Says what a real shell says to the suite's scripts.
fn shell(argv: &[String]) -> ExecOutput {
    let (code, output) = match argv.last().map(String::as_str) {
        Some("echo $GREETING; echo oops >&2; exit 3") => (3, b"hello\noops\n".to_vec()),
        Some("yes | head -c 300000; exit 4") => (4, b"y\n".repeat(150_000)),
        Some("id -u; pwd; exit 5") => (5, b"1000\n/home/sandbox\n".to_vec()),
        Some("/no/such/program") => (126, b"no such file".to_vec()),
        _ => (0, Vec::new()),
    };
    ExecOutput { code, output, truncated: false }
}

#[async_trait]
impl Lab for FakeLab {
    fn runtime(&self) -> Arc<dyn Runtime> {
        Arc::new(self.runtime.clone())
    }

    fn image(&self) -> String {
        IMAGE.to_owned()
    }

    fn directory(&self, name: &str) -> PathBuf {
        PathBuf::from("/data").join(name)
    }

    async fn listens(&self, _: &ContainerName) {}

    async fn exit(&self, name: &ContainerName, code: u8) {
        self.runtime.engine().kill(name, i64::from(code));
    }

    async fn exhaust_memory(&self, name: &ContainerName) {
        self.runtime.engine().kill_for_memory(name);
    }

    async fn exhaust_memory_of_a_child(&self, name: &ContainerName) {
        self.runtime.engine().kill_child_for_memory(name);
    }

    async fn make_stubborn(&self, name: &ContainerName) {
        self.runtime.engine().make_stubborn(name);
    }

    async fn remove_by_hand(&self, name: &ContainerName) {
        self.runtime.engine().remove_by_hand(name);
    }

    async fn start_foreign(&self, spec: &SandboxContainer) {
        let other = FakeRuntime::new(self.runtime.engine().clone(), "theirs");
        other.create_container(spec).await.unwrap();
        other.start_container(&spec.name).await.unwrap();
    }

    async fn clean_up(&self) {}
}
