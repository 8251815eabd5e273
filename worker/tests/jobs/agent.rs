//! The supervisor of every sandbox, as its protocol says: a task is begun once by its id, its output
//! is a file of bytes, and it goes on whoever listens. A test plays the agent.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::StreamExt;
use sandboxd_shared::domain::AgentEnd;
use sandboxd_shared::ids::TaskId;
use sandboxd_worker::tasks::{
    Begun, Order, Program, Refusal, Said, Saying, Supervisor, SupervisorError,
};
use secrecy::ExposeSecret;
use tokio::sync::watch;

/// What a follower is sent at most at once.
const CHUNK: usize = 1_000;

#[derive(Debug, Clone, Default)]
struct Agent {
    starts: u32,
    output: Vec<u8>,
    end: Option<AgentEnd>,
    env: Vec<(String, String)>,
    told_to_end: bool,
}

/// What an agent does as soon as it is begun.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) says: Vec<u8>,
    /// Its exit code; it works on if there is none.
    pub(crate) ends: Option<i64>,
}

#[derive(Debug, Default)]
struct Inner {
    agents: HashMap<(PathBuf, TaskId), Agent>,
    script: Script,
    /// This many starts are done and not answered.
    lose_answers: u32,
    refuse: Option<Refusal>,
    /// Run directories whose container is gone.
    gone: Vec<PathBuf>,
    /// A follower's connection breaks after so many bytes.
    cut_after: Option<usize>,
    build: Option<(Vec<String>, Script)>,
    builds: u32,
}

#[derive(Debug)]
pub(crate) struct FakeSupervisor {
    inner: Arc<Mutex<Inner>>,
    changed: watch::Sender<u64>,
}

impl Default for FakeSupervisor {
    fn default() -> Self {
        let script = Script { says: b"done\n".to_vec(), ends: Some(0) };
        let inner = Inner { script, ..Inner::default() };
        Self { inner: Arc::new(Mutex::new(inner)), changed: watch::channel(0).0 }
    }
}

pub(crate) fn exited(code: i64) -> AgentEnd {
    AgentEnd { code: Some(code), signal: None, cause: "exited".to_owned() }
}

fn ended(cause: &str) -> AgentEnd {
    AgentEnd { code: None, signal: None, cause: cause.to_owned() }
}

fn no_answer() -> SupervisorError {
    SupervisorError::NoAnswer(std::io::ErrorKind::ConnectionRefused.into())
}

impl FakeSupervisor {
    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let result = change(&mut self.inner.lock().unwrap());
        self.changed.send_modify(|n| *n += 1);
        result
    }

    fn agent<T>(&self, id: TaskId, look: impl FnOnce(&mut Agent) -> T) -> Option<T> {
        self.change(|inner| {
            inner.agents.iter_mut().find(|((_, of), _)| *of == id).map(|(_, agent)| look(agent))
        })
    }

    pub(crate) fn script(&self, says: &[u8], ends: Option<i64>) {
        self.change(|inner| inner.script = Script { says: says.to_vec(), ends });
    }

    pub(crate) fn builds_with(&self, says: &[u8], code: i64) {
        let command = vec!["make".to_owned()];
        let script = Script { says: says.to_vec(), ends: Some(code) };
        self.change(|inner| inner.build = Some((command, script)));
    }

    pub(crate) fn build_for_ever(&self) {
        self.change(|inner| inner.build.as_mut().unwrap().1.ends = None);
    }

    pub(crate) fn builds(&self) -> u32 {
        self.change(|inner| inner.builds)
    }

    pub(crate) fn lose_answers(&self, count: u32) {
        self.change(|inner| inner.lose_answers = count);
    }

    pub(crate) fn refuse(&self, refusal: Option<Refusal>) {
        self.change(|inner| inner.refuse = refusal);
    }

    pub(crate) fn cut_after(&self, bytes: Option<usize>) {
        self.change(|inner| inner.cut_after = bytes);
    }

    pub(crate) fn say(&self, id: TaskId, bytes: &[u8]) {
        self.agent(id, |agent| agent.output.extend_from_slice(bytes)).unwrap();
    }

    pub(crate) fn end(&self, id: TaskId, end: AgentEnd) {
        self.agent(id, |agent| agent.end = Some(end)).unwrap();
    }

    /// How often an agent was begun for a task.
    pub(crate) fn starts(&self, id: TaskId) -> u32 {
        self.agent(id, |agent| agent.starts).unwrap_or(0)
    }

    pub(crate) fn was_told_to_end(&self, id: TaskId) -> bool {
        self.agent(id, |agent| agent.told_to_end).unwrap_or(false)
    }

    pub(crate) fn environment(&self, id: TaskId) -> Vec<(String, String)> {
        self.agent(id, |agent| agent.env.clone()).unwrap_or_default()
    }

    /// As when the container dies: nobody answers, and what an agent has printed is in its file.
    pub(crate) fn die(&self, run_dir: &Path) {
        self.change(|inner| {
            inner.gone.push(run_dir.to_owned());
            for ((of, id), agent) in &mut inner.agents {
                if of == run_dir {
                    let folder = run_dir.join(format!("tasks/{id}"));
                    std::fs::create_dir_all(&folder).unwrap();
                    std::fs::write(folder.join("output"), &agent.output).unwrap();
                    if let Some(end) = &agent.end {
                        let result = serde_json::to_vec(end).unwrap();
                        std::fs::write(folder.join("result.json"), result).unwrap();
                    }
                }
            }
        });
    }
}

impl Inner {
    fn answers(&self, run_dir: &Path) -> Result<(), SupervisorError> {
        if self.gone.iter().any(|gone| gone == run_dir) || !run_dir.is_dir() {
            return Err(no_answer());
        }
        match self.refuse {
            Some(refusal) => Err(SupervisorError::Refused(refusal)),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Supervisor for FakeSupervisor {
    async fn start(&self, run_dir: &Path, order: &Order<'_>) -> Result<Begun, SupervisorError> {
        self.change(|inner| {
            inner.answers(run_dir)?;
            let key = (run_dir.to_owned(), order.id);
            let others = inner.agents.iter();
            let busy = others.filter(|((of, id), _)| of == run_dir && *id != order.id);
            if busy.into_iter().any(|(_, agent)| agent.end.is_none()) {
                return Err(SupervisorError::Refused(Refusal::TaskRunning));
            }
            let begun = if inner.agents.contains_key(&key) { Begun::Before } else { Begun::Now };
            if begun == Begun::Now {
                let env = order.env.iter();
                let env = env.map(|(k, v)| (k.clone(), v.expose_secret().to_owned())).collect();
                let script = inner.script.clone();
                let end = script.ends.map(exited);
                let agent = Agent { starts: 1, output: script.says, end, env, told_to_end: false };
                inner.agents.insert(key, agent);
            }
            if inner.lose_answers > 0 {
                inner.lose_answers -= 1;
                return Err(no_answer());
            }
            Ok(begun)
        })
    }

    async fn follow(
        &self,
        run_dir: &Path,
        id: TaskId,
        offset: u64,
    ) -> Result<Saying, SupervisorError> {
        let key = (run_dir.to_owned(), id);
        let start = usize::try_from(offset).unwrap();
        let cut_after = self.change(|inner| {
            inner.answers(run_dir)?;
            match inner.agents.get(&key) {
                None => Err(SupervisorError::Refused(Refusal::NotFound)),
                Some(agent) if agent.output.len() < start => {
                    Err(SupervisorError::Refused(Refusal::Invalid))
                }
                Some(_) => Ok(inner.cut_after),
            }
        })?;
        let (inner, changed) = (Arc::clone(&self.inner), self.changed.subscribe());
        let state = (start, changed, false);
        let saying = futures::stream::unfold(state, move |(at, mut changed, over)| {
            let (inner, key) = (Arc::clone(&inner), key.clone());
            async move {
                if over {
                    return None;
                }
                loop {
                    changed.mark_unchanged();
                    let next = next(&inner.lock().unwrap(), &key, start, at, cut_after);
                    if let Some(said) = next {
                        let length = match &said {
                            Ok(Said::Output(bytes)) => bytes.len(),
                            _ => 0,
                        };
                        return Some((said, (at + length, changed, length == 0)));
                    }
                    if changed.changed().await.is_err() {
                        return None;
                    }
                }
            }
        });
        Ok(saying.boxed())
    }

    async fn cancel(&self, run_dir: &Path, id: TaskId) -> Result<(), SupervisorError> {
        self.change(|inner| {
            inner.answers(run_dir)?;
            let key = (run_dir.to_owned(), id);
            let Some(agent) = inner.agents.get_mut(&key) else {
                return Err(SupervisorError::Refused(Refusal::NotFound));
            };
            agent.told_to_end = true;
            if agent.end.is_none() {
                agent.output.extend_from_slice(b"bye\n");
                agent.end = Some(ended("cancelled"));
            }
            Ok(())
        })
    }

    async fn build_command(&self, run_dir: &Path) -> Result<Option<Vec<String>>, SupervisorError> {
        self.change(|inner| {
            inner.answers(run_dir)?;
            Ok(inner.build.as_ref().map(|(command, _)| command.clone()))
        })
    }

    async fn run(&self, run_dir: &Path, _: &Program<'_>) -> Result<Saying, SupervisorError> {
        let script = self.change(|inner| {
            inner.answers(run_dir)?;
            inner.builds += 1;
            Ok::<_, SupervisorError>(inner.build.as_ref().unwrap().1.clone())
        })?;
        let output = futures::stream::iter([Ok(Said::Output(script.says))]);
        Ok(match script.ends {
            Some(code) => {
                output.chain(futures::stream::iter([Ok(Said::End(exited(code)))])).boxed()
            }
            None => output.chain(futures::stream::pending()).boxed(),
        })
    }
}

/// What is to be sent next; none if there is nothing new.
fn next(
    inner: &Inner,
    key: &(PathBuf, TaskId),
    start: usize,
    at: usize,
    cut_after: Option<usize>,
) -> Option<Result<Said, SupervisorError>> {
    if inner.answers(&key.0).is_err() || cut_after.is_some_and(|limit| at - start >= limit) {
        return Some(Err(no_answer()));
    }
    let agent = &inner.agents[key];
    if at < agent.output.len() {
        let limit = cut_after.map_or(CHUNK, |limit| (limit - (at - start)).min(CHUNK));
        let to = (at + limit).min(agent.output.len());
        return Some(Ok(Said::Output(agent.output[at..to].to_vec())));
    }
    agent.end.clone().map(|end| Ok(Said::End(end)))
}
