//! All tasks that are known: the one that runs, those that ended, and what is in the folders.
//!
//! One lock is held over every change, the folders' included. So an id is looked up and begun in
//! one step, and whoever asks meanwhile waits for the disk.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use serde::Serialize;

use super::folders::Folders;
use super::outcome::{Cause, Outcome};
use super::output::Output;
use super::progress::Progress;
use super::run::Run;
use super::running::Running;
use super::{Order, TaskId};
use crate::exec::{Programs, Unattended};
use crate::files::{Home, fault};
use crate::protocol::Refusal;

/// Ended tasks whose results are kept in memory.
const REMEMBERED: usize = 256;

/// The register of tasks.
pub(crate) struct Tasks {
    pub(super) folders: Folders,
    register: Mutex<Register>,
    /// Held while folders that aren't kept are removed.
    pub(super) sweeping: Mutex<()>,
    pub(super) to_sweep: AtomicBool,
}

#[derive(Default)]
pub(super) struct Register {
    running: Option<Arc<Running>>,
    /// The newest last.
    ended: VecDeque<(TaskId, Outcome)>,
    stopping: bool,
}

/// Where a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Running,
    Ended,
    Lost,
    Unknown,
}

/// What there is to say about a task.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<i32>,
    output_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Outcome>,
}

/// What became of a wish to start a task.
pub(crate) enum Handed {
    /// It runs now, as this process.
    Started { pid: i32 },
    /// It was begun before.
    Known(Report),
}

/// Where a task's output is read.
pub(crate) struct Source {
    /// Absent where there never was any.
    pub(crate) output: Option<Arc<File>>,
    pub(crate) progress: Arc<Progress>,
}

/// A task that was begun.
pub(super) enum Known {
    Running(Arc<Running>),
    Ended(Outcome),
}

impl Tasks {
    /// Those of this run directory; what is left of earlier ones is looked through on a thread.
    pub(crate) fn open(run: &Path) -> io::Result<Arc<Self>> {
        let folders = Folders::open(run)?;
        let tasks = Arc::new(Self {
            folders,
            register: Mutex::default(),
            sweeping: Mutex::default(),
            to_sweep: AtomicBool::new(false),
        });
        let swept = Arc::clone(&tasks);
        thread::Builder::new().name("tasks".into()).spawn(move || swept.sweep())?;
        Ok(tasks)
    }

    /// Starts a task, unless its id is known.
    pub(crate) fn start(
        self: &Arc<Self>,
        programs: &Programs,
        home: &Home,
        order: &Order,
    ) -> Result<Handed, Refusal> {
        let mut register = self.lock();
        if let Some(known) = self.find(&register, &order.id)? {
            return Ok(Handed::Known(known.report()));
        }
        register.admit()?;
        let program = Unattended::new(programs, home, &order.program)?;
        // All that can fail comes before the process.
        let runner = self.runner().map_err(|error| failed(&order.id, error))?;
        let bell = Running::new_bell().map_err(|error| failed(&order.id, error))?;
        let begun = self.begin(&register, order).map_err(|error| failed(&order.id, error))?;
        let process = match program.start() {
            Ok(process) => process,
            Err(refusal) => {
                // If that fails the task counts as begun, and is found to be lost.
                let _ = self.folders.withdraw(&order.id);
                return Err(refusal);
            }
        };
        let pid = process.0.pid();
        let running = Running::new(order.id.clone(), pid, Arc::clone(&begun.output), bell);
        let running = Arc::new(running);
        register.running = Some(Arc::clone(&running));
        let output = Output::new(Arc::clone(&begun.output), order.output_limit);
        let run = Run::new(running, begun, process, output, order.timeout);
        runner.send(run).expect("invariant: the thread waits for its work");
        Ok(Handed::Started { pid })
    }

    /// What is known of a task.
    pub(crate) fn report(&self, id: &TaskId) -> Result<Report, Refusal> {
        let unknown = Report { state: State::Unknown, pid: None, output_bytes: 0, result: None };
        Ok(self.find(&self.lock(), id)?.map_or(unknown, |known| known.report()))
    }

    /// Where its output is.
    pub(crate) fn source(&self, id: &TaskId) -> Result<Source, Refusal> {
        let register = self.lock();
        match self.find(&register, id)?.ok_or_else(|| unknown(id))? {
            Known::Running(running) => Ok(Source {
                output: Some(Arc::clone(&running.output)),
                progress: Arc::clone(&running.progress),
            }),
            Known::Ended(outcome) => {
                let folder = self.folders.find(id).map_err(|error| failed(id, error))?;
                let output = folder.map(|folder| folder.output()).transpose();
                let output = output.map_err(|error| failed(id, error))?.flatten();
                if output.is_none() && outcome.output_bytes > 0 {
                    let text = format!("the output of task {} isn't kept any more", id.as_str());
                    return Err(Refusal::new("not_found", text));
                }
                Ok(Source {
                    output: output.map(|(file, _)| Arc::new(file)),
                    progress: Arc::new(Progress::of(outcome)),
                })
            }
        }
    }

    /// Has a task end, if it runs.
    pub(crate) fn cancel(&self, id: &TaskId) -> Result<(), Refusal> {
        match self.find(&self.lock(), id)?.ok_or_else(|| unknown(id))? {
            Known::Running(running) => running.cancel(),
            Known::Ended(_) => {}
        }
        Ok(())
    }

    /// Has the one that runs end, and no other begin: the sandbox is being stopped.
    pub(crate) fn stop(&self) {
        let mut register = self.lock();
        register.stopping = true;
        if let Some(running) = &register.running {
            running.stop();
        }
    }

    /// Whether none runs whose result isn't written down.
    pub(crate) fn is_idle(&self) -> bool {
        self.lock().running.is_none()
    }

    /// Looks a task up: what this supervisor saw itself, then what its folder says. One that was
    /// begun, and that no supervisor which is alive has, is lost; that is written down.
    pub(super) fn find(&self, register: &Register, id: &TaskId) -> Result<Option<Known>, Refusal> {
        if let Some(known) = register.known(id) {
            return Ok(Some(known));
        }
        self.find_folder(id).map_err(|error| failed(id, error))
    }

    fn find_folder(&self, id: &TaskId) -> io::Result<Option<Known>> {
        let Some(folder) = self.folders.find(id)? else { return Ok(None) };
        if let Some(outcome) = folder.outcome()? {
            return Ok(Some(Known::Ended(outcome)));
        }
        if !folder.is_begun()? {
            return Ok(None);
        }
        let outcome = Outcome::lost(folder.output()?.map_or(0, |(_, size)| size));
        // On a full disk it isn't written down, and is found again the next time.
        let _ = folder.conclude(&outcome);
        Ok(Some(Known::Ended(outcome)))
    }

    /// A thread for a task, which begins with what it is sent.
    fn runner(self: &Arc<Self>) -> io::Result<SyncSender<Run>> {
        let tasks = Arc::clone(self);
        let (sender, work) = sync_channel::<Run>(1);
        thread::Builder::new().name("task".into()).spawn(move || {
            if let Ok(run) = work.recv() {
                tasks.run(run);
            }
        })?;
        Ok(sender)
    }

    fn run(&self, mut run: Run) {
        let outcome = run.see_to_the_end();
        let Run { running, begun, .. } = run;
        // Memory has it anyway; a supervisor that is started later would find the task lost.
        let _ = begun.conclude(&outcome);
        self.lock().conclude(&running.id, outcome);
        // Who is told of the end may start the next one.
        running.progress.ended(outcome);
        drop((running, begun));
        self.sweep();
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Register {
    /// Whether a task may begin.
    fn admit(&self) -> Result<(), Refusal> {
        if let Some(other) = &self.running {
            let text = format!("task {} is running; one runs at a time", other.id.as_str());
            return Err(Refusal::new("task_running", text));
        }
        if self.stopping {
            return Err(Refusal::new("busy", "the sandbox is being stopped"));
        }
        Ok(())
    }

    /// What was seen of it in this supervisor's life.
    pub(super) fn known(&self, id: &TaskId) -> Option<Known> {
        if let Some(running) = self.running.as_ref().filter(|running| running.id == *id) {
            return Some(Known::Running(Arc::clone(running)));
        }
        let ended = self.ended.iter().rev().find(|(ended, _)| ended == id);
        ended.map(|(_, outcome)| Known::Ended(*outcome))
    }

    fn conclude(&mut self, id: &TaskId, outcome: Outcome) {
        self.running = None;
        self.ended.push_back((id.clone(), outcome));
        if self.ended.len() > REMEMBERED {
            self.ended.pop_front();
        }
    }
}

impl Known {
    fn report(&self) -> Report {
        match self {
            Self::Running(running) => {
                let (output_bytes, _) = running.progress.look();
                Report { state: State::Running, pid: Some(running.pid), output_bytes, result: None }
            }
            Self::Ended(outcome) => Report {
                state: State::of(Some(*outcome)),
                pid: None,
                output_bytes: outcome.output_bytes,
                result: Some(*outcome),
            },
        }
    }
}

impl State {
    /// Of a task that was begun.
    pub(crate) fn of(outcome: Option<Outcome>) -> Self {
        match outcome {
            None => Self::Running,
            Some(Outcome { cause: Cause::Lost, .. }) => Self::Lost,
            Some(_) => Self::Ended,
        }
    }
}

fn unknown(id: &TaskId) -> Refusal {
    Refusal::new("not_found", format!("there is no task {}", id.as_str()))
}

fn failed(id: &TaskId, error: impl Into<io::Error>) -> Refusal {
    fault(format!("the folder of task {}", id.as_str()), error)
}
