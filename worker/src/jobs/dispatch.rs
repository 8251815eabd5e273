//! From an operation's kind to its handler, and from how it went to the rows.

use std::sync::Arc;

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{Operation, OperationKind, Undo};
use sandboxd_shared::jobs::fork_app::Child;
use sandboxd_shared::jobs::{self as intents, Found};
use sandboxd_shared::store::sandboxes::{self, Endpoint};
use sandboxd_shared::store::{Connection, StoreError};
use serde_json::Value;
use tokio::sync::Notify;

use super::tools::Tools;
use super::{
    capture_snapshot, compact_layer, create_sandbox, delete_sandbox, explore_app, fork_app,
    restore_app, run_task, start_sandbox, stop_sandbox,
};
use crate::runner::{JobContext, JobError};

/// How a job went.
#[derive(Debug)]
pub enum Done {
    /// A sandbox was made and runs.
    Created(Endpoint),
    /// A sandbox runs.
    Started(Endpoint),
    /// A sandbox has no container.
    Stopped,
    /// A sandbox has no container and may go.
    Deleted,
    /// A workspace was captured.
    Captured {
        /// The layer that the snapshot stands on.
        layer: Option<String>,
    },
    /// A workspace was replaced.
    Restored {
        /// Where the sandbox answers, if it runs.
        endpoint: Option<Endpoint>,
    },
    /// Children run.
    Forked(Vec<(Child, Endpoint)>),
    /// A chain was merged.
    Compacted {
        /// The chain's newest layer.
        layer: String,
        /// The merged copy.
        flat: String,
    },
    /// An agent has done what it was asked.
    TaskRun,
    /// The children's tasks have ended.
    Explored(intents::explore_app::Input),
    /// It could not be done, and what was begun was taken back.
    Undone {
        /// Why.
        undo: Undo,
        /// What is left.
        found: Found,
    },
}

/// All handlers of a worker.
#[derive(Debug)]
pub struct Jobs {
    tools: Tools,
    /// Told at the end of each operation: there may be garbage.
    ended: Arc<Notify>,
}

impl Jobs {
    /// The handlers, working with `tools`.
    #[must_use]
    pub fn new(tools: Tools, ended: Arc<Notify>) -> Self {
        Self { tools, ended }
    }

    /// How many steps a kind has, for the progress view.
    #[must_use]
    pub const fn steps(kind: OperationKind) -> u32 {
        match kind {
            OperationKind::SandboxCreate => create_sandbox::STEPS,
            OperationKind::SandboxStart => start_sandbox::STEPS,
            OperationKind::SandboxStop => stop_sandbox::STEPS,
            OperationKind::SandboxDelete | OperationKind::AppDelete => delete_sandbox::STEPS,
            OperationKind::SnapshotCapture => capture_snapshot::STEPS,
            OperationKind::AppRestore => restore_app::STEPS,
            OperationKind::AppFork => fork_app::STEPS,
            OperationKind::LayerCompact => compact_layer::STEPS,
            OperationKind::TaskRun => run_task::STEPS,
            OperationKind::AppExplore => explore_app::STEPS,
        }
    }

    /// Does a job.
    ///
    /// # Errors
    /// Why it isn't done.
    pub async fn run(&self, cx: &JobContext) -> Result<Done, JobError> {
        let tools = &self.tools;
        match cx.operation().kind {
            OperationKind::SandboxCreate => create_sandbox::run(tools, cx).await,
            OperationKind::SandboxStart => start_sandbox::run(tools, cx).await,
            OperationKind::SandboxStop => stop_sandbox::run(tools, cx).await,
            OperationKind::SandboxDelete | OperationKind::AppDelete => {
                delete_sandbox::run(tools, cx).await
            }
            OperationKind::SnapshotCapture => capture_snapshot::run(tools, cx).await,
            OperationKind::AppRestore => restore_app::run(tools, cx).await,
            OperationKind::AppFork => fork_app::run(tools, cx).await,
            OperationKind::LayerCompact => compact_layer::run(tools, cx).await,
            OperationKind::TaskRun => run_task::run(tools, cx).await,
            OperationKind::AppExplore => explore_app::run(tools, cx).await,
        }
    }

    /// Takes back what a job has begun. Safe to repeat, and whatever step it had come to.
    ///
    /// # Errors
    /// Why it can't be taken back now.
    pub async fn undo(&self, cx: &JobContext) -> Result<Found, JobError> {
        let tools = &self.tools;
        match cx.operation().kind {
            OperationKind::SandboxCreate => create_sandbox::undo(tools, cx).await,
            OperationKind::SandboxStart
            | OperationKind::SandboxStop
            | OperationKind::SandboxDelete => tools.found(cx).await,
            OperationKind::AppDelete if cx.operation().sandbox_id.is_none() => Ok(Found::Stopped),
            OperationKind::AppDelete => tools.found(cx).await,
            OperationKind::SnapshotCapture => capture_snapshot::undo(tools, cx).await,
            OperationKind::AppRestore => restore_app::undo(tools, cx).await,
            OperationKind::AppFork => fork_app::undo(tools, cx).await,
            OperationKind::LayerCompact => compact_layer::undo(tools, cx).await,
            OperationKind::TaskRun => run_task::undo(tools, cx).await,
            OperationKind::AppExplore => explore_app::undo(tools, cx).await,
        }
    }

    /// Leaves nobody waiting on a job that is handed back in the middle.
    ///
    /// # Errors
    /// Of the engine.
    pub(crate) async fn let_go(&self, cx: &JobContext) -> Result<(), JobError> {
        match cx.operation().kind {
            OperationKind::SnapshotCapture => capture_snapshot::let_go(&self.tools, cx).await,
            _ => Ok(()),
        }
    }

    /// Writes what a job that was done means, in the transaction that ends its operation.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn record(
        &self,
        conn: &mut Connection,
        operation: &Operation,
        done: Done,
        now: Timestamp,
    ) -> Result<Value, StoreError> {
        use intents::{
            capture_snapshot as capture, create_sandbox as create, delete_app, delete_sandbox,
            fork_app as fork, restore_app as restore, start_sandbox as start, stop_sandbox as stop,
        };
        let about = match operation.sandbox_id {
            Some(id) => sandboxes::get(conn, id).await?,
            None => None,
        };
        let gone = || StoreError::Corrupt(format!("operation {}: no sandbox", operation.id));
        match done {
            Done::Created(endpoint) => {
                let sandbox = about.ok_or_else(gone)?;
                create::succeed(conn, operation, sandbox.id, &endpoint, now).await
            }
            Done::Started(endpoint) => {
                let reason = intents::input::<start::Input>(operation)?.reason;
                let sandbox = about.ok_or_else(gone)?;
                start::succeed(conn, operation, &sandbox, reason, &endpoint, now).await
            }
            Done::Stopped => {
                let reason = intents::input::<stop::Input>(operation)?.reason;
                stop::succeed(conn, operation, &about.ok_or_else(gone)?, reason, now).await
            }
            Done::Deleted if operation.kind == OperationKind::AppDelete => {
                let input: delete_app::Input = intents::input(operation)?;
                delete_app::succeed(conn, operation, &input, now).await
            }
            Done::Deleted => {
                let sandbox = about.ok_or_else(gone)?;
                delete_sandbox::succeed(conn, operation, sandbox.id, now).await
            }
            Done::Captured { layer } => {
                let snapshot = intents::input::<capture::Input>(operation)?.snapshot_id;
                let sandbox = about.ok_or_else(gone)?;
                capture::succeed(conn, operation, &sandbox, snapshot, layer.as_deref(), now).await
            }
            Done::Restored { endpoint } => {
                let input: restore::Input = intents::input(operation)?;
                let sandbox = about.ok_or_else(gone)?;
                restore::succeed(conn, operation, &sandbox, &input, endpoint.as_ref(), now).await
            }
            Done::Forked(children) => fork::succeed(conn, operation, &children, now).await,
            Done::Compacted { layer, flat } => {
                intents::compact_layer::succeed(conn, &layer, &flat).await
            }
            Done::TaskRun => {
                let id = intents::input::<intents::run_task::Input>(operation)?.task_id;
                intents::run_task::succeed(conn, operation, id, now).await
            }
            Done::Explored(input) => {
                intents::explore_app::succeed(conn, operation, &input, now).await
            }
            Done::Undone { .. } => Err(StoreError::Corrupt("an undone job has no result".into())),
        }
    }

    /// Says that an operation has ended.
    pub(crate) fn ended(&self) {
        self.ended.notify_one();
    }
}
