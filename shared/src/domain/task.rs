//! Tasks: one prompt for a coding agent, and what became of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{PreviewStatus, text_enum};
use crate::clock::Timestamp;
use crate::ids::{AppId, OperationId, SandboxId, SnapshotId, TaskId};

text_enum! {
    /// What works on a prompt.
    Agent {
        Opencode = "opencode",
        ClaudeCode = "claude-code",
        Codex = "codex",
        Gemini = "gemini",
        /// Any program.
        Command = "command",
    }
}

text_enum! {
    /// Where a task is.
    TaskStatus {
        Queued = "queued",
        Running = "running",
        Succeeded = "succeeded",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

impl TaskStatus {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

text_enum! {
    /// Why a task did not succeed.
    FailureReason {
        Cancelled = "cancelled",
        AgentTimeout = "agent_timeout",
        AgentError = "agent_error",
        SandboxUnavailable = "sandbox_unavailable",
        Internal = "internal",
    }
}

text_enum! {
    /// What a piece of a task's output tells of.
    OutputKind {
        /// Where the task is.
        Status = "status",
        /// What the agent says.
        Message = "message",
        /// What the agent does.
        Tool = "tool",
        /// What the build check says.
        Build = "build",
        /// The end; nothing comes after it.
        Done = "done",
    }
}

/// How the agent's process ended, as the supervisor tells it: the sandbox's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentEnd {
    /// Its exit code.
    #[serde(default)]
    pub code: Option<i64>,
    /// The signal that ended it.
    #[serde(default)]
    pub signal: Option<i64>,
    /// `exited`, `cancelled`, `timeout`, `stopped` or `lost`.
    pub cause: String,
}

/// A task as its row has it. What is serialised is what the API shows.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = TaskResult, examples(json!({
    "id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
    "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W7", "operation_id": "01JD4X8QK3M5N7P9R1S3T5V7W6",
    "agent": "opencode", "model": null, "prompt": "Make the heading blue", "command": null,
    "continue_task_id": null, "timeout_ms": 1_800_000, "status": "succeeded",
    "failure_reason": null, "error_message": null, "files_changed": ["src/App.css"],
    "agent_message_final": "The heading is blue now.", "build_ok": true,
    "build_error_message": null, "preview_status_after": "ready",
    "checkpoint_before": "01JD4X8QK3M5N7P9R1S3T5V7W5",
    "checkpoint_after": "01JD4X8QK3M5N7P9R1S3T5V7W4",
    "usage": {"input_tokens": 1200, "output_tokens": 340}, "duration_ms": 41_250,
    "created_at": "2026-01-31T12:00:00.000Z", "started_at": "2026-01-31T12:00:01.000Z",
    "finished_at": "2026-01-31T12:00:42.250Z"
})))]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The tenant that asked for it.
    #[serde(skip)]
    pub owner: String,
    /// The sandbox that it works in, which may be gone by now.
    pub sandbox_id: SandboxId,
    /// That sandbox's app.
    pub app_id: AppId,
    /// The operation that does it.
    pub operation_id: OperationId,
    /// What works on the prompt.
    pub agent: Agent,
    /// The model, in the agent's own spelling; null: the agent's choice.
    #[schema(required)]
    pub model: Option<String>,
    /// What is to be done.
    pub prompt: String,
    /// The program and its arguments, for agent `command`.
    #[schema(required)]
    pub command: Option<Vec<String>>,
    /// The task whose conversation is gone on with.
    #[schema(required)]
    pub continue_task_id: Option<TaskId>,
    /// How long the agent may take, in milliseconds.
    pub timeout_ms: i64,
    /// Whether the workspace is captured before and after.
    #[serde(skip)]
    pub checkpoint: bool,
    /// Where it is.
    pub status: TaskStatus,
    /// Why it did not succeed.
    #[schema(required)]
    pub failure_reason: Option<FailureReason>,
    /// The same for a person.
    #[schema(required)]
    pub error_message: Option<String>,
    /// Paths in the app folder of what was added, changed or removed; null until it is known.
    #[schema(required)]
    pub files_changed: Option<Vec<String>>,
    /// What the agent said last.
    #[schema(required)]
    pub agent_message_final: Option<String>,
    /// Whether the app builds afterwards; null where it doesn't say how it is built, or where that
    /// was not tried.
    #[schema(required)]
    pub build_ok: Option<bool>,
    /// The end of what a failed build printed.
    #[schema(required)]
    pub build_error_message: Option<String>,
    /// How the preview was afterwards.
    #[schema(required)]
    pub preview_status_after: Option<PreviewStatus>,
    /// The workspace as it was before: restore it to undo the task.
    #[schema(required)]
    pub checkpoint_before: Option<SnapshotId>,
    /// The workspace as it was afterwards.
    #[schema(required)]
    pub checkpoint_after: Option<SnapshotId>,
    /// What the agent used, as it tells: `input_tokens`, `output_tokens` and others.
    #[schema(required, value_type = Option<Object>)]
    pub usage: Option<Value>,
    /// From its start to its end, in milliseconds.
    #[schema(required)]
    pub duration_ms: Option<i64>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When a worker began it.
    #[schema(required)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(required)]
    pub finished_at: Option<Timestamp>,
    /// The agent's own session.
    #[serde(skip)]
    pub session: Option<String>,
    /// The container that the prompt was handed to.
    #[serde(skip)]
    pub handed_over_to: Option<String>,
    /// Whether the supervisor has said that the agent was begun.
    #[serde(skip)]
    pub begun: bool,
    /// When the agent is to be done.
    #[serde(skip)]
    pub ends_by: Option<Timestamp>,
    /// How the agent ended.
    #[serde(skip)]
    pub ended: Option<AgentEnd>,
    /// Bytes of the supervisor's file that are in the output's rows.
    #[serde(skip)]
    pub output_offset: i64,
    /// What the reader of the agent's lines remembers.
    #[serde(skip)]
    pub reader: Option<Value>,
}

impl Task {
    /// How much text it has, in bytes; roughly what it takes to be shown.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let texts = [&self.agent_message_final, &self.build_error_message, &self.error_message];
        let texts = texts.into_iter().flatten().map(String::len);
        let lists = [&self.command, &self.files_changed];
        let lists = lists.into_iter().flatten().flatten().map(String::len);
        self.prompt.len() + texts.chain(lists).sum::<usize>()
    }
}

/// A piece of a task's output.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TaskOutput {
    /// 1, 2, 3 … without gaps.
    pub seq: i64,
    /// What it tells of.
    #[serde(rename = "type")]
    pub kind: OutputKind,
    /// By its type, see the guide.
    #[schema(value_type = Object)]
    pub data: Value,
    /// When it was recorded.
    pub created_at: Timestamp,
}
