//! `?force=true`: what becomes of a task that is in the way.

use sandboxd_shared::jobs::RunningTask;
use serde::Deserialize;
use utoipa::IntoParams;

/// The query string of a request that a task may be in the way of.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Force {
    /// Cancels a task that is under way; otherwise that is 409 `task_in_progress`.
    #[serde(default)]
    force: bool,
}

impl Force {
    /// What it says of a task that is under way.
    pub(crate) fn running_task(self) -> RunningTask {
        running_task(self.force)
    }
}

/// What is done about a task that is under way.
pub(crate) fn running_task(force: bool) -> RunningTask {
    if force { RunningTask::Cancel } else { RunningTask::Respect }
}
