//! What the supervisor says about itself: written by its loop, read by the socket's threads.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;

use crate::children::Exit;

/// Where the dev server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// The workspace is being made ready: template, git history.
    Seeding,
    /// The workspace is ready; the environment hasn't come.
    Awaiting,
    /// Dependencies are being installed.
    Installing,
    /// It runs, and its port doesn't answer yet.
    Starting,
    /// It runs, and its port has answered.
    Running,
    /// It ended (or is being stopped) and will be started again.
    Backoff,
    /// The app says nothing of how it is started; looked at again every two seconds.
    None,
    /// Not without a change: see `error`.
    Failed,
}

/// One consistent view.
#[derive(Debug, Clone)]
pub(crate) struct Status {
    pub(crate) state: State,
    pub(crate) seeded: bool,
    pub(crate) git_reset: bool,
    pub(crate) command: Vec<String>,
    pub(crate) pid: Option<i32>,
    pub(crate) restarts: u64,
    pub(crate) last_exit: Option<Exit>,
    pub(crate) up_since: Option<Instant>,
    pub(crate) error: Option<String>,
}

impl Default for Status {
    fn default() -> Self {
        Self {
            state: State::Seeding,
            seeded: false,
            git_reset: false,
            command: Vec::new(),
            pid: None,
            restarts: 0,
            last_exit: None,
            up_since: None,
            error: None,
        }
    }
}

/// The view that everybody shares.
#[derive(Default)]
pub(crate) struct StatusBoard(Mutex<Status>);

impl StatusBoard {
    pub(crate) fn get(&self) -> Status {
        self.lock().clone()
    }

    pub(crate) fn set(&self, status: Status) {
        *self.lock() = status;
    }

    fn lock(&self) -> MutexGuard<'_, Status> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
