//! The fake engine and the knobs a test turns.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::faults::{Call, Faults, Verdict};
use super::world::World;
use crate::runtime::{
    ContainerName, ContainerState, ExecOutput, Result, RuntimeError, SandboxContainer,
};

/// Answers a command that a test runs in a fake container.
pub(super) type Shell = Arc<dyn Fn(&[String]) -> ExecOutput + Send + Sync>;

/// An engine in memory. Share it to give several workers the same one.
pub struct FakeEngine {
    world: Mutex<World>,
    faults: Mutex<Faults>,
    shell: Mutex<Shell>,
}

/// One installation's view of a [`FakeEngine`].
#[derive(Debug, Clone)]
pub struct FakeRuntime {
    pub(super) engine: Arc<FakeEngine>,
    pub(super) node: String,
}

impl FakeRuntime {
    /// A view with its own containers and volumes, told apart by `node`.
    #[must_use]
    pub fn new(engine: Arc<FakeEngine>, node: impl Into<String>) -> Self {
        Self { engine, node: node.into() }
    }

    /// The engine behind it.
    #[must_use]
    pub fn engine(&self) -> &Arc<FakeEngine> {
        &self.engine
    }
}

impl FakeEngine {
    /// An engine that has these images and nothing else. Commands succeed silently.
    #[must_use]
    pub fn new(images: &[&str]) -> Arc<Self> {
        let mut world = World::new();
        for image in images {
            let id = format!("sha256:{}", blake3::hash(image.as_bytes()).to_hex());
            world.images.insert((*image).to_owned(), id);
        }
        let quiet = ExecOutput { code: 0, output: Vec::new(), truncated: false };
        Arc::new(Self {
            world: Mutex::new(world),
            faults: Mutex::new(Faults::default()),
            shell: Mutex::new(Arc::new(move |_| quiet.clone())),
        })
    }

    /// The next call of this kind fails and changes nothing.
    pub fn fail_next(&self, call: Call, error: impl FnOnce() -> RuntimeError + Send + 'static) {
        self.faults().fail_before(call, Box::new(error));
    }

    /// The next call of this kind does its work, and its caller gets this error for an answer.
    pub fn lose_next_answer(
        &self,
        call: Call,
        error: impl FnOnce() -> RuntimeError + Send + 'static,
    ) {
        self.faults().fail_after(call, Box::new(error));
    }

    /// The next call of this kind waits first, on tokio's clock.
    pub fn delay_next(&self, call: Call, delay: Duration) {
        self.faults().delay(call, delay);
    }

    /// While down every call fails and nothing changes; event streams end.
    pub fn set_down(&self, down: bool) {
        self.faults().down = down;
        if down {
            self.world().cut_subscriptions();
        }
    }

    /// Starts are refused once the limits of all live containers would exceed this.
    pub fn set_memory(&self, bytes: u64) {
        self.world().memory_bytes = bytes;
    }

    /// Answers the commands that `exec` and `run_once` run.
    pub fn set_shell(&self, shell: impl Fn(&[String]) -> ExecOutput + Send + Sync + 'static) {
        *self.shell.lock().expect(POISON) = Arc::new(shell);
    }

    /// PID 1 ends with this code.
    pub fn kill(&self, name: &ContainerName, code: i64) {
        self.world().die(name.as_str(), code, false);
    }

    /// The kernel kills PID 1 for lack of memory.
    pub fn kill_for_memory(&self, name: &ContainerName) {
        self.world().die(name.as_str(), super::world::KILLED, true);
    }

    /// The kernel kills another process than PID 1 for lack of memory.
    pub fn kill_child_for_memory(&self, name: &ContainerName) {
        self.world().lose_child(name.as_str());
    }

    /// Somebody removes the container by hand.
    pub fn remove_by_hand(&self, name: &ContainerName) {
        self.world().remove(name.as_str());
    }

    /// PID 1 of this container ignores being asked to end.
    pub fn make_stubborn(&self, name: &ContainerName) {
        if let Some(found) = self.world().containers.get_mut(name.as_str()) {
            found.stubborn = true;
        }
    }

    /// A container of another installation appears.
    pub fn add_foreign(&self, spec: &SandboxContainer) -> Result<()> {
        self.world().create("foreign", spec)
    }

    /// The state of a container, whoever owns it, without a call.
    #[must_use]
    pub fn peek(&self, name: &ContainerName) -> Option<ContainerState> {
        self.world().containers.get(name.as_str()).map(super::world::Container::state)
    }

    /// The calls so far with what each was about, oldest first, refused ones included.
    #[must_use]
    pub fn calls(&self) -> Vec<(Call, String)> {
        self.faults().recorded()
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect(POISON)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().expect(POISON)
    }

    pub(super) fn shell(&self) -> Shell {
        self.shell.lock().expect(POISON).clone()
    }

    /// The way into every call: notes it, waits, and fails if that is planned.
    pub(super) async fn enter(&self, call: Call, subject: &str) -> Result<Verdict> {
        let mut verdict = self.faults().admit(call, subject);
        if let Some(delay) = verdict.delay {
            tokio::time::sleep(delay).await;
        }
        if self.faults().down {
            return Err(RuntimeError::unavailable(format!("{call:?} {subject}"), "it is down"));
        }
        verdict.before()?;
        Ok(verdict)
    }
}

const POISON: &str = "invariant: nothing panics while it holds a lock of the fake";

impl std::fmt::Debug for FakeEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeEngine")
            .field("world", &self.world)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}
