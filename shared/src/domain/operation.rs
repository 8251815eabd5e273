//! Operations: the truth about every long action.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ErrorBody, text_enum};
use crate::clock::Timestamp;
use crate::ids::{AppId, OperationId, SandboxId, SnapshotId, TaskId};

text_enum! {
    /// What an operation does.
    OperationKind {
        SandboxCreate = "sandbox.create",
        SandboxStart = "sandbox.start",
        SandboxStop = "sandbox.stop",
        SandboxDelete = "sandbox.delete",
        AppDelete = "app.delete",
        SnapshotCapture = "snapshot.capture",
        AppRestore = "app.restore",
        AppFork = "app.fork",
        AppExplore = "app.explore",
        TaskRun = "task.run",
        /// Ours, not a tenant's: merges a long chain of layers.
        LayerCompact = "layer.compact",
    }
}

impl OperationKind {
    /// The queue that it goes through.
    #[must_use]
    pub const fn queue(self) -> QueueClass {
        match self {
            Self::SandboxCreate
            | Self::SandboxStart
            | Self::SandboxStop
            | Self::SandboxDelete
            | Self::AppDelete => QueueClass::Control,
            Self::SnapshotCapture | Self::AppRestore | Self::AppFork => QueueClass::Snapshot,
            Self::TaskRun | Self::AppExplore => QueueClass::Task,
            Self::LayerCompact => QueueClass::Maintenance,
        }
    }
}

text_enum! {
    /// The classes of work of a node, each with its own concurrency.
    QueueClass {
        Control = "control",
        Snapshot = "snapshot",
        Task = "task",
        Maintenance = "maintenance",
    }
}

text_enum! {
    /// Where an operation is.
    OperationStatus {
        Queued = "queued",
        Running = "running",
        Succeeded = "succeeded",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

impl OperationStatus {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

text_enum! {
    /// Where a step is.
    StepStatus { Running = "running", Succeeded = "succeeded", Failed = "failed" }
}

/// A named, idempotent part of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// Its name, verb_noun.
    pub name: String,
    /// Where it is.
    pub status: StepStatus,
    /// When it was begun, in the attempt that finished it.
    pub started_at: Timestamp,
    /// How long it took; null while it runs.
    #[schema(required)]
    pub duration_ms: Option<i64>,
}

/// What an operation is doing now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// The step's name.
    pub step: String,
    /// Steps done.
    pub done: u32,
    /// Steps in all.
    pub total: u32,
    /// For a person.
    pub message: String,
}

/// Why an operation is being undone: what it will end as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// `failed` or `cancelled`.
    pub status: OperationStatus,
    /// What a failed one shows.
    pub error: Option<ErrorBody>,
}

/// An operation as its row has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// What it does.
    pub kind: OperationKind,
    /// The tenant that asked for it.
    pub owner: String,
    /// Where it is done.
    pub node: String,
    /// What it holds while it runs: one operation at a time for a key.
    pub lock_key: String,
    /// The app it is about.
    pub app_id: Option<AppId>,
    /// The sandbox it is about.
    pub sandbox_id: Option<SandboxId>,
    /// The snapshot it is about.
    pub snapshot_id: Option<SnapshotId>,
    /// The task it is about.
    pub task_id: Option<TaskId>,
    /// What was asked, in the shape of its job.
    pub input: serde_json::Value,
    /// Where it is.
    pub status: OperationStatus,
    /// Attempts begun.
    pub attempt: i64,
    /// Attempts allowed.
    pub max_attempts: i64,
    /// Grows with every claim.
    pub token: i64,
    /// Not to be begun before.
    pub not_before: Timestamp,
    /// To be finished by.
    pub deadline: Timestamp,
    /// Whether somebody wants it to end.
    pub cancel_requested: bool,
    /// Set once it can only be undone.
    pub undo: Option<Undo>,
    /// The worker that has or had it last.
    pub worker: Option<String>,
    /// What it is doing.
    pub progress: Option<Progress>,
    /// What it has done.
    pub steps: Vec<Step>,
    /// Ids of what it made.
    pub result: Option<serde_json::Value>,
    /// Why it failed.
    pub error: Option<ErrorBody>,
    /// Where the request that it was accepted for is in its trace.
    pub trace_context: Option<String>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it was first begun.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}
