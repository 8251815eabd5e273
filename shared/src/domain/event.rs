//! The timeline: append-only facts with stable types.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Operation, Sandbox, text_enum};
use crate::clock::Timestamp;
use crate::ids::{AppId, EventId, OperationId, SandboxId, SnapshotId, TaskId};

text_enum! {
    /// How much an event matters.
    Severity { Info = "info", Warning = "warning", Error = "error" }
}

text_enum! {
    /// What happened.
    EventType {
        AppCreated = "app.created",
        AppUpdated = "app.updated",
        AppDeleted = "app.deleted",
        ConfigCreated = "config.created",
        ConfigUpdated = "config.updated",
        ConfigDeleted = "config.deleted",
        SandboxCreateStarted = "sandbox.create.started",
        SandboxCreated = "sandbox.created",
        SandboxCreateFailed = "sandbox.create.failed",
        SandboxStartStarted = "sandbox.start.started",
        SandboxStarted = "sandbox.started",
        SandboxStartFailed = "sandbox.start.failed",
        SandboxStopStarted = "sandbox.stop.started",
        SandboxStopped = "sandbox.stopped",
        SandboxStopFailed = "sandbox.stop.failed",
        SandboxCrashed = "sandbox.crashed",
        SandboxRecovered = "sandbox.recovered",
        /// A process of it was killed, and it may go on without.
        SandboxOutOfMemory = "sandbox.out_of_memory",
        SandboxDeleted = "sandbox.deleted",
        CaptureStarted = "snapshot.capture.started",
        Captured = "snapshot.captured",
        CaptureFailed = "snapshot.capture.failed",
        SnapshotDeleted = "snapshot.deleted",
        RestoreStarted = "snapshot.restore.started",
        Restored = "snapshot.restored",
        RestoreFailed = "snapshot.restore.failed",
        ForkStarted = "snapshot.fork.started",
        Forked = "snapshot.forked",
        ForkFailed = "snapshot.fork.failed",
        ExploreStarted = "app.explore.started",
        Explored = "app.explored",
        ExploreFailed = "app.explore.failed",
        TaskQueued = "task.queued",
        TaskStarted = "task.started",
        TaskCompleted = "task.completed",
        TaskFailed = "task.failed",
        TaskCancelled = "task.cancelled",
        TaskBuildFailed = "task.build.failed",
        PreviewOk = "preview.health.ok",
        PreviewFailed = "preview.health.failed",
        OperationRetried = "operation.retried",
        OperationRescued = "operation.rescued",
        OperationCancelled = "operation.cancelled",
        /// An operator gave the tenant all that another had.
        TenantAdopted = "tenant.adopted",
        WebhookDisabled = "webhook.disabled",
    }
}

impl EventType {
    /// How much it matters.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::SandboxCreateFailed
            | Self::SandboxStartFailed
            | Self::SandboxStopFailed
            | Self::SandboxCrashed
            | Self::CaptureFailed
            | Self::RestoreFailed
            | Self::ForkFailed
            | Self::ExploreFailed
            | Self::TaskFailed => Severity::Error,
            Self::SandboxOutOfMemory
            | Self::PreviewFailed
            | Self::TaskBuildFailed
            | Self::OperationRetried
            | Self::OperationRescued
            | Self::WebhookDisabled => Severity::Warning,
            _ => Severity::Info,
        }
    }

    /// The sentence that a person reads.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::AppCreated => "App created",
            Self::AppUpdated => "App updated",
            Self::AppDeleted => "App deleted",
            Self::ConfigCreated => "Config added",
            Self::ConfigUpdated => "Config changed",
            Self::ConfigDeleted => "Config removed",
            Self::SandboxCreateStarted => "Creating the sandbox",
            Self::SandboxCreated => "Sandbox created",
            Self::SandboxCreateFailed => "The sandbox could not be created",
            Self::SandboxStartStarted => "Starting the sandbox",
            Self::SandboxStarted => "Sandbox started",
            Self::SandboxStartFailed => "The sandbox could not be started",
            Self::SandboxStopStarted => "Stopping the sandbox",
            Self::SandboxStopped => "Sandbox stopped",
            Self::SandboxStopFailed => "The sandbox could not be stopped",
            Self::SandboxCrashed => "The sandbox ended by itself",
            Self::SandboxRecovered => "The sandbox is running again",
            Self::SandboxOutOfMemory => {
                "A process was killed because the sandbox ran out of memory; raise its memory limit"
            }
            Self::SandboxDeleted => "Sandbox deleted",
            Self::CaptureStarted => "Capturing the workspace",
            Self::Captured => "Workspace captured",
            Self::CaptureFailed => "The workspace could not be captured",
            Self::SnapshotDeleted => "Snapshot deleted",
            Self::RestoreStarted => "Restoring a snapshot",
            Self::Restored => "Snapshot restored",
            Self::RestoreFailed => "The snapshot could not be restored",
            Self::ForkStarted => "Forking from a snapshot",
            Self::Forked => "Fork created",
            Self::ForkFailed => "The fork could not be created",
            Self::ExploreStarted => "Exploring several answers to a prompt",
            Self::Explored => "All answers of the exploration are there",
            Self::ExploreFailed => "The exploration failed",
            Self::TaskQueued => "Task queued",
            Self::TaskStarted => "The task has begun",
            Self::TaskCompleted => "Task completed",
            Self::TaskFailed => "The task failed",
            Self::TaskCancelled => "Task cancelled",
            Self::TaskBuildFailed => "The app does not build after the task",
            Self::PreviewOk => "The preview answers",
            Self::PreviewFailed => "The preview does not answer",
            Self::OperationRetried => "Trying again",
            Self::OperationRescued => "Taken over from a worker that went away",
            Self::OperationCancelled => "Operation cancelled",
            Self::TenantAdopted => "Another tenant's apps were taken over",
            Self::WebhookDisabled => "A webhook was disabled, because its receiver fails",
        }
    }
}

/// A fact to be added to the timeline.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The tenant whose timeline it is.
    pub owner: String,
    /// What happened.
    pub kind: EventType,
    /// The app it is about.
    pub app_id: Option<AppId>,
    /// The sandbox it is about.
    pub sandbox_id: Option<SandboxId>,
    /// The snapshot it is about.
    pub snapshot_id: Option<SnapshotId>,
    /// The task it is about.
    pub task_id: Option<TaskId>,
    /// The operation that it is part of, with its attempt.
    pub operation: Option<(OperationId, i64)>,
    /// Flags, counts, ids and reasons only.
    pub payload: Value,
}

impl NewEvent {
    /// An event of `owner`'s timeline about nothing yet.
    #[must_use]
    pub fn new(owner: impl Into<String>, kind: EventType) -> Self {
        Self {
            owner: owner.into(),
            kind,
            app_id: None,
            sandbox_id: None,
            snapshot_id: None,
            task_id: None,
            operation: None,
            payload: json!({}),
        }
    }

    /// An event that is part of `operation` and about what that is about.
    #[must_use]
    pub fn of(operation: &Operation, kind: EventType) -> Self {
        Self {
            app_id: operation.app_id,
            sandbox_id: operation.sandbox_id,
            snapshot_id: operation.snapshot_id,
            task_id: operation.task_id,
            operation: Some((operation.id, operation.attempt)),
            ..Self::new(operation.owner.clone(), kind)
        }
    }

    /// An event about a sandbox, outside any operation.
    #[must_use]
    pub fn about(sandbox: &Sandbox, kind: EventType) -> Self {
        Self {
            app_id: Some(sandbox.app_id),
            sandbox_id: Some(sandbox.id),
            ..Self::new(sandbox.owner.clone(), kind)
        }
    }

    /// Names the app it is about.
    #[must_use]
    pub fn app(mut self, id: AppId) -> Self {
        self.app_id = Some(id);
        self
    }

    /// Names the sandbox it is about.
    #[must_use]
    pub fn sandbox(mut self, id: SandboxId) -> Self {
        self.sandbox_id = Some(id);
        self
    }

    /// Names the snapshot it is about.
    #[must_use]
    pub fn snapshot(mut self, id: SnapshotId) -> Self {
        self.snapshot_id = Some(id);
        self
    }

    /// The event, once it has its id.
    #[must_use]
    pub fn to_event(&self, id: EventId, now: Timestamp) -> Event {
        Event {
            id,
            kind: self.kind.to_string(),
            severity: self.kind.severity(),
            message: self.kind.message().to_owned(),
            app_id: self.app_id,
            sandbox_id: self.sandbox_id,
            snapshot_id: self.snapshot_id,
            task_id: self.task_id,
            operation_id: self.operation.map(|(id, _)| id),
            attempt: self.operation.map(|(_, attempt)| attempt),
            payload: self.payload.clone(),
            created_at: now,
        }
    }

    /// Sets the payload.
    #[must_use]
    pub fn payload(mut self, payload: Value) -> Self {
        self.payload = payload;
        self
    }
}

/// A row of the timeline, as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(examples(json!({
    "id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "type": "sandbox.started", "severity": "info",
    "message": "Sandbox started", "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
    "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W7", "operation_id": "01JD4X8QK3M5N7P9R1S3T5V7W6",
    "attempt": 1, "payload": {"reason": "api"}, "created_at": "2026-01-31T12:00:04.000Z"
})))]
pub struct Event {
    /// Its id; grows in commit order.
    pub id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// How much it matters.
    pub severity: Severity,
    /// For a person.
    pub message: String,
    /// The app it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub app_id: Option<AppId>,
    /// The sandbox it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sandbox_id: Option<SandboxId>,
    /// The snapshot it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub snapshot_id: Option<SnapshotId>,
    /// The task it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub task_id: Option<TaskId>,
    /// The operation it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub operation_id: Option<OperationId>,
    /// That operation's attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub attempt: Option<i64>,
    /// Flags, counts, ids and reasons.
    #[schema(value_type = Object)]
    pub payload: Value,
    /// When it was committed.
    pub created_at: Timestamp,
}
