//! The dev server's life: install, start, restart with back-off. Decides; does nothing itself.
//!
//! Every method takes the time and acts through [`Processes`], so that tests drive it without
//! processes and without waiting.

use std::io;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::app_command::AppCommand;
use crate::backoff::Backoff;
use crate::children::Exit;
use crate::status::{State, Status};

/// How long a process group may take to end after SIGTERM.
pub(crate) const KILL_AFTER: Duration = Duration::from_secs(3);
/// How often the port of a starting dev server is tried.
const PROBE_EVERY: Duration = Duration::from_millis(100);
/// The same once it has been starting for long: perhaps it never listens.
const PROBE_LATER: Duration = Duration::from_secs(1);
const STARTS_LONG: Duration = Duration::from_secs(30);
/// How often an app that can't be started is looked at again.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Longest an installation may take.
const INSTALL_TIMEOUT: Duration = Duration::from_secs(600);
/// Installations that fail in a row before it waits to be told to go on.
const MAX_INSTALLS: u32 = 5;
/// How long the app waits for its environment, where it is to wait for it.
const AWAIT_ENVIRONMENT: Duration = Duration::from_secs(60);
/// What a shell says of a command that it can't run.
const NOT_RUNNABLE: Exit = Exit { code: Some(127), signal: None };

/// What the dev server needs done.
pub(crate) trait Processes {
    /// How the app is started, as it is now. The error is text for the user.
    fn detect(&mut self) -> Result<Option<AppCommand>, String>;
    fn start(&mut self, command: &[String]) -> io::Result<Pid>;
    fn signal(&mut self, pid: Pid, signal: Signal);
    /// Whether the port answers.
    fn listening(&mut self) -> bool;
    /// A line for the user, in the dev server's log.
    fn note(&mut self, text: &str);
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    Seeding,
    Awaiting { until: Instant },
    Installing { pid: Pid, since: Instant },
    Starting { pid: Pid, since: Instant },
    Running { pid: Pid, since: Instant },
    Stopping { pid: Pid, kill_at: Instant },
    Backoff { until: Instant },
    Idle { state: State, look_at: Instant },
}

/// The state machine.
pub(crate) struct DevServer<P> {
    processes: P,
    phase: Phase,
    /// Whether the environment is to come before anything is started.
    awaits_environment: bool,
    app: Option<AppCommand>,
    backoff: Backoff,
    failed_installs: u32,
    starts: u64,
    last_exit: Option<Exit>,
    error: Option<String>,
}

impl<P: Processes> DevServer<P> {
    pub(crate) fn new(processes: P, awaits_environment: bool) -> Self {
        Self {
            processes,
            phase: Phase::Seeding,
            awaits_environment,
            app: None,
            backoff: Backoff::default(),
            failed_installs: 0,
            starts: 0,
            last_exit: None,
            error: None,
        }
    }

    /// The workspace is ready.
    pub(crate) fn prepared(&mut self, now: Instant) {
        if self.awaits_environment {
            self.phase = Phase::Awaiting { until: now + AWAIT_ENVIRONMENT };
        } else {
            self.begin(now);
        }
    }

    /// The environment came, for the first time or another one.
    pub(crate) fn environment(&mut self, changed: bool, now: Instant) {
        self.awaits_environment = false;
        match self.phase {
            Phase::Seeding => {}
            Phase::Awaiting { .. } => self.begin(now),
            _ if changed => {
                self.processes.note("the environment has changed");
                self.restart(now);
            }
            _ => {}
        }
    }

    /// The workspace can't be made ready; `restart` tries again.
    pub(crate) fn unprepared(&mut self, error: String) {
        self.processes.note(&error);
        self.error = Some(error);
    }

    /// A process of ours ended; others are none of our business.
    pub(crate) fn exited(&mut self, pid: Pid, exit: Exit, now: Instant) {
        match self.phase {
            Phase::Installing { pid: ours, since } if ours == pid => {
                self.last_exit = Some(exit);
                if exit.success() {
                    self.failed_installs = 0;
                    self.serve(now);
                } else {
                    self.failed_installs += 1;
                    self.after_exit(exit, now - since, now);
                }
            }
            Phase::Starting { pid: ours, since } | Phase::Running { pid: ours, since }
                if ours == pid =>
            {
                self.after_exit(exit, now - since, now);
            }
            Phase::Stopping { pid: ours, .. } if ours == pid => {
                self.last_exit = Some(exit);
                self.begin(now);
            }
            _ => {}
        }
    }

    /// Whatever is due by now.
    pub(crate) fn tick(&mut self, now: Instant) {
        match self.phase {
            Phase::Starting { pid, since } if self.processes.listening() => {
                self.phase = Phase::Running { pid, since };
            }
            Phase::Installing { pid, since } if now >= since + INSTALL_TIMEOUT => {
                self.processes.note("the installation takes too long and is stopped");
                self.processes.signal(pid, Signal::KILL);
            }
            Phase::Stopping { pid, kill_at } if now >= kill_at => {
                self.processes.signal(pid, Signal::KILL);
            }
            Phase::Awaiting { until } if now >= until => {
                let waited = AWAIT_ENVIRONMENT.as_secs();
                self.processes
                    .note(&format!("no environment came in {waited} s; starting without"));
                self.awaits_environment = false;
                self.begin(now);
            }
            Phase::Backoff { until } if now >= until => self.begin(now),
            Phase::Idle { look_at, .. } if now >= look_at => {
                if self.failed_installs >= MAX_INSTALLS {
                    self.phase = Phase::Idle { state: State::Failed, look_at: now + LOOK_EVERY };
                } else {
                    self.begin(now);
                }
            }
            _ => {}
        }
    }

    /// Stops what runs and starts afresh, as if nothing had failed before.
    pub(crate) fn restart(&mut self, now: Instant) {
        self.backoff = Backoff::default();
        self.failed_installs = 0;
        match self.phase {
            Phase::Installing { pid, .. }
            | Phase::Starting { pid, .. }
            | Phase::Running { pid, .. } => {
                self.processes.note("restarting");
                self.processes.signal(pid, Signal::TERM);
                self.phase = Phase::Stopping { pid, kill_at: now + KILL_AFTER };
            }
            Phase::Backoff { .. } | Phase::Idle { .. } => self.begin(now),
            Phase::Seeding => self.error = None,
            Phase::Stopping { .. } | Phase::Awaiting { .. } => {}
        }
    }

    /// How long until [`Self::tick`] has something to do.
    pub(crate) fn due_in(&self, now: Instant) -> Duration {
        let at = match self.phase {
            Phase::Starting { since, .. } if now < since + STARTS_LONG => now + PROBE_EVERY,
            Phase::Starting { .. } => now + PROBE_LATER,
            Phase::Installing { since, .. } => (since + INSTALL_TIMEOUT).max(now + LOOK_EVERY),
            Phase::Stopping { kill_at, .. } => kill_at.max(now + PROBE_EVERY),
            Phase::Backoff { until } | Phase::Awaiting { until } => until,
            Phase::Idle { look_at, .. } => look_at,
            Phase::Seeding | Phase::Running { .. } => now + Duration::from_secs(3600),
        };
        at.saturating_duration_since(now)
    }

    /// What there is to say; the two flags are the caller's to fill in.
    pub(crate) fn status(&self) -> Status {
        let (state, process) = match self.phase {
            Phase::Seeding if self.error.is_some() => (State::Failed, None),
            Phase::Seeding => (State::Seeding, None),
            Phase::Awaiting { .. } => (State::Awaiting, None),
            Phase::Installing { pid, since } => (State::Installing, Some((pid, since))),
            Phase::Starting { pid, since } => (State::Starting, Some((pid, since))),
            Phase::Running { pid, since } => (State::Running, Some((pid, since))),
            Phase::Stopping { .. } | Phase::Backoff { .. } => (State::Backoff, None),
            Phase::Idle { state, .. } => (state, None),
        };
        Status {
            state,
            command: self.app.as_ref().map(|app| app.serve.clone()).unwrap_or_default(),
            pid: process.map(|(pid, _)| pid.as_raw_nonzero().get()),
            restarts: self.starts.saturating_sub(1),
            last_exit: self.last_exit,
            up_since: process.map(|(_, since)| since),
            error: self.error.clone(),
            ..Status::default()
        }
    }

    /// Looks at the app and does the first thing it needs.
    fn begin(&mut self, now: Instant) {
        let look_at = now + LOOK_EVERY;
        match self.processes.detect() {
            Err(error) => {
                if self.error.as_ref() != Some(&error) {
                    self.processes.note(&error);
                }
                self.app = None;
                self.error = Some(error);
                self.phase = Phase::Idle { state: State::Failed, look_at };
            }
            Ok(None) => {
                self.app = None;
                self.error = None;
                self.phase = Phase::Idle { state: State::None, look_at };
            }
            Ok(Some(app)) => {
                self.error = None;
                let install = app.install.clone();
                self.app = Some(app);
                match install {
                    None => self.serve(now),
                    Some(command) => {
                        if let Some(pid) = self.start(&command, now) {
                            self.phase = Phase::Installing { pid, since: now };
                        }
                    }
                }
            }
        }
    }

    fn serve(&mut self, now: Instant) {
        let Some(command) = self.app.as_ref().map(|app| app.serve.clone()) else { return };
        self.starts += 1;
        if let Some(pid) = self.start(&command, now) {
            self.phase = Phase::Starting { pid, since: now };
        }
    }

    fn start(&mut self, command: &[String], now: Instant) -> Option<Pid> {
        self.processes.note(&format!("running {}", command.join(" ")));
        match self.processes.start(command) {
            Ok(pid) => Some(pid),
            Err(error) => {
                self.processes.note(&format!("it can't be run: {error}"));
                self.after_exit(NOT_RUNNABLE, Duration::ZERO, now);
                None
            }
        }
    }

    fn after_exit(&mut self, exit: Exit, uptime: Duration, now: Instant) {
        self.last_exit = Some(exit);
        let how = match exit {
            Exit { signal: Some(signal), .. } => format!("killed by signal {signal}"),
            Exit { code, .. } => format!("exited with code {}", code.unwrap_or_default()),
        };
        if self.failed_installs >= MAX_INSTALLS {
            let error = format!("the installation failed {MAX_INSTALLS} times, last {how}");
            self.processes.note(&error);
            self.error = Some(error);
            self.phase = Phase::Idle { state: State::Failed, look_at: now + LOOK_EVERY };
            return;
        }
        let wait = self.backoff.after(uptime);
        self.processes.note(&format!("{how}; started again in {} ms", wait.as_millis()));
        self.phase = Phase::Backoff { until: now + wait };
    }
}

#[cfg(test)]
#[path = "dev_server_tests.rs"]
mod tests;
