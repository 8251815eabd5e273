//! PID 1 of every sandbox, and the agents that work under it. An agent goes on whoever listens, and
//! ends with its container.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use sandboxd_shared::app_config::Environment;
use sandboxd_shared::clock::{Clock, Timestamp};
use sandboxd_shared::domain::AgentEnd;
use sandboxd_shared::ids::TaskId;
use sandboxd_worker::runtime::{ContainerName, Phase};
use sandboxd_worker::sandbox::{Init, InitError, InitState, InitStatus, SetEnvironment};
use sandboxd_worker::tasks::{
    Begun, Order, Program, Refusal, Said, Saying, Supervisor, SupervisorError,
};

use crate::process::{Answer, Process, World};

/// How often a listener looks whether there is more to hear.
const TICK: Duration = Duration::from_millis(100);
const WORDS: &[u8] = b"one\ntwo\nthree\n";

#[derive(Debug, Clone)]
struct Agent {
    container: String,
    ends_at: Timestamp,
    cancelled: bool,
}

/// All agents of an installation.
#[derive(Debug, Default)]
pub(crate) struct Agents(Mutex<BTreeMap<TaskId, Agent>>);

impl Agents {
    /// The container that a task's agent was begun in.
    pub(crate) fn container(&self, task: TaskId) -> Option<String> {
        self.0.lock().unwrap().get(&task).map(|agent| agent.container.clone())
    }

    /// Whether a task's agent would still work now, if its container lived.
    pub(crate) fn works(&self, task: TaskId, now: Timestamp) -> bool {
        let agents = self.0.lock().unwrap();
        agents.get(&task).is_some_and(|agent| !agent.cancelled && now < agent.ends_at)
    }
}

#[derive(Debug)]
pub(crate) struct SimInit(pub(crate) Arc<Process>);

/// The container that answers at a run directory's socket.
fn container(world: &World, run_dir: &Path) -> Option<String> {
    let sandbox = run_dir.file_name()?.to_str()?;
    let found = world.engine.peek(&ContainerName::new(format!("s-{sandbox}")).ok()?)?;
    (found.phase == Phase::Running).then_some(found.id)
}

fn no_answer() -> SupervisorError {
    SupervisorError::NoAnswer(ErrorKind::ConnectionRefused.into())
}

impl SimInit {
    async fn ask<T: Send>(
        &self,
        call: &str,
        run_dir: &Path,
        answer: impl FnOnce(&World, String) -> T + Send,
    ) -> Option<T> {
        let world = Arc::clone(&self.0.world);
        let subject = run_dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let work = || container(&world, run_dir).map(|id| answer(&world, id));
        match self.0.outside(call, &subject, None, work).await {
            Answer::Done(answer) => answer,
            Answer::Refused | Answer::Lost => None,
        }
    }
}

#[async_trait]
impl Init for SimInit {
    async fn status(&self, run_dir: &Path) -> Result<InitStatus, InitError> {
        let ready = InitStatus { state: InitState::None, seeded: true, git_reset: true };
        let answer = self.ask("status", run_dir, |_, _| ready).await;
        answer.ok_or_else(|| InitError::NoAnswer(ErrorKind::ConnectionRefused.into()))
    }

    async fn set_environment(
        &self,
        run_dir: &Path,
        _: &Environment,
    ) -> Result<SetEnvironment, InitError> {
        let answer = self.ask("set_environment", run_dir, |_, _| SetEnvironment::Changed).await;
        answer.ok_or_else(|| InitError::NoAnswer(ErrorKind::ConnectionRefused.into()))
    }
}

#[async_trait]
impl Supervisor for SimInit {
    async fn start(&self, run_dir: &Path, order: &Order<'_>) -> Result<Begun, SupervisorError> {
        let id = order.id;
        let begin = |world: &World, container: String| {
            let mut agents = world.agents.0.lock().unwrap();
            if let Some(agent) = agents.get(&id) {
                if agent.container != container {
                    world.trace.wrong(format!("task {id} was sent to a second container"));
                }
                return Begun::Before;
            }
            let time = world.plan.dice("agent").below(6_000);
            let ends_at =
                world.clock.now().plus(Duration::from_millis(u64::try_from(time).unwrap()));
            agents.insert(id, Agent { container, ends_at, cancelled: false });
            Begun::Now
        };
        self.ask("start_agent", run_dir, begin).await.ok_or_else(no_answer)
    }

    async fn follow(
        &self,
        run_dir: &Path,
        id: TaskId,
        offset: u64,
    ) -> Result<Saying, SupervisorError> {
        let known = |world: &World, container: String| {
            world.agents.container(id).as_ref() == Some(&container)
        };
        if !self.ask("follow_agent", run_dir, known).await.ok_or_else(no_answer)? {
            return Err(SupervisorError::Refused(Refusal::NotFound));
        }
        let from = usize::try_from(offset).unwrap();
        let said = WORDS.get(from..).ok_or(SupervisorError::Refused(Refusal::Invalid))?.to_vec();
        let said = futures::stream::iter((!said.is_empty()).then_some(Ok(Said::Output(said))));
        let (world, run_dir) = (Arc::clone(&self.0.world), run_dir.to_owned());
        let end = futures::stream::once(async move {
            loop {
                if container(&world, &run_dir) != world.agents.container(id) {
                    return Err(no_answer());
                }
                if !world.agents.works(id, world.clock.now()) {
                    return Ok(Said::End(end(&world, id)));
                }
                tokio::time::sleep(TICK).await;
            }
        });
        Ok(said.chain(end).boxed())
    }

    async fn cancel(&self, run_dir: &Path, id: TaskId) -> Result<(), SupervisorError> {
        let cancel = |world: &World, container: String| {
            let now = world.clock.now();
            let mut agents = world.agents.0.lock().unwrap();
            match agents.get_mut(&id).filter(|agent| agent.container == container) {
                Some(agent) => {
                    agent.cancelled |= now < agent.ends_at;
                    Ok(())
                }
                None => Err(SupervisorError::Refused(Refusal::NotFound)),
            }
        };
        self.ask("cancel_agent", run_dir, cancel).await.unwrap_or_else(|| Err(no_answer()))
    }

    async fn build_command(&self, run_dir: &Path) -> Result<Option<Vec<String>>, SupervisorError> {
        self.ask("build_command", run_dir, |_, _| None).await.ok_or_else(no_answer)
    }

    async fn run(&self, _: &Path, _: &Program<'_>) -> Result<Saying, SupervisorError> {
        Err(no_answer())
    }
}

fn end(world: &World, id: TaskId) -> AgentEnd {
    let cancelled = world.agents.0.lock().unwrap().get(&id).is_some_and(|agent| agent.cancelled);
    let (code, cause) = if cancelled { (None, "cancelled") } else { (Some(0), "exited") };
    AgentEnd { code, signal: None, cause: cause.to_owned() }
}
