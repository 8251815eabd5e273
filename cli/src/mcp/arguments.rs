//! What tools take. The descriptions are for models.

use std::collections::BTreeMap;

use rmcp::schemars::{self, JsonSchema};
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateApp {
    /// The app's name.
    pub(super) name: String,
    /// What its workspace begins with: react-standard, node-express, static, python or blank.
    /// react-standard if not said.
    pub(super) template: Option<String>,
    /// A longer text about it.
    pub(super) description: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListApps {
    /// Only apps whose name or description has this text.
    pub(super) query: Option<String>,
    /// How many at most, 1 to 200; 50 if not said.
    pub(super) limit: Option<u16>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OneApp {
    /// The app's id or name.
    pub(super) app: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteApp {
    /// The app's id or name.
    pub(super) app: String,
    /// Whether its snapshots go, too; they stay if not said.
    #[serde(default)]
    pub(super) delete_snapshots: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StopSandbox {
    /// The app's id or name.
    pub(super) app: String,
    /// Cancels a task that is under way; otherwise that is an error.
    #[serde(default)]
    pub(super) force: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PreviewUrl {
    /// The app's id or name.
    pub(super) app: String,
    /// The port; the main one if not said.
    pub(super) port: Option<u16>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetEvents {
    /// The app's id or name; all apps if not said.
    pub(super) app: Option<String>,
    /// Only events of this type, such as `task.completed`.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// Only events of this severity: info, warning or error.
    pub(super) severity: Option<String>,
    /// Only events after the one with this id, oldest first; otherwise the newest come first.
    pub(super) after: Option<String>,
    /// How many at most, 1 to 200; 50 if not said.
    pub(super) limit: Option<u16>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WaitOperation {
    /// The operation's id.
    pub(super) operation: String,
    /// How long to wait for its end, at most 600; 45 if not said.
    pub(super) wait_seconds: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OneOperation {
    /// The operation's id.
    pub(super) operation: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Exec {
    /// The app's id or name.
    pub(super) app: String,
    /// A line for the shell, such as `npm test 2>&1 | tail`.
    pub(super) command: String,
    /// A folder, from the app folder.
    pub(super) cwd: Option<String>,
    /// Variables for it.
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    /// How long it may take, at most 3600; 30 if not said.
    pub(super) timeout_seconds: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListFiles {
    /// The app's id or name.
    pub(super) app: String,
    /// The folder, from the app folder, which it is if not said.
    pub(super) path: Option<String>,
    /// With all that is below it.
    #[serde(default)]
    pub(super) recursive: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadFile {
    /// The app's id or name.
    pub(super) app: String,
    /// The file, from the app folder.
    pub(super) path: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WriteFile {
    /// The app's id or name.
    pub(super) app: String,
    /// The file, from the app folder; folders on the way are made.
    pub(super) path: String,
    /// All of its new text.
    pub(super) content: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteFile {
    /// The app's id or name.
    pub(super) app: String,
    /// The file or folder, from the app folder.
    pub(super) path: String,
    /// Needed for a folder: with all that is in it.
    #[serde(default)]
    pub(super) recursive: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunTask {
    /// The app's id or name.
    pub(super) app: String,
    /// What the agent is to do.
    pub(super) prompt: String,
    /// Which agent: opencode, claude-code, codex, gemini or command; opencode if not said. list_agents says
    /// which are ready.
    pub(super) agent: Option<String>,
    /// The model, in the agent's own spelling; its own choice if not said.
    pub(super) model: Option<String>,
    /// For agent command: the program and its arguments. It finds the prompt in SANDBOXD_PROMPT.
    pub(super) command: Option<Vec<String>>,
    /// A task before, whose conversation is gone on with.
    pub(super) continue_task: Option<String>,
    /// How long the agent may take, at most 86400; 1800 if not said.
    pub(super) timeout_seconds: Option<u64>,
    /// How long to wait for its end before answering, at most 600; 45 if not said.
    pub(super) wait_seconds: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OneTask {
    /// The task's id.
    pub(super) task: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListAgents {
    /// The app's id or name, to learn which of them are ready in it.
    pub(super) app: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Capture {
    /// The app's id or name.
    pub(super) app: String,
    /// The snapshot's name.
    pub(super) name: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Restore {
    /// The app's id or name.
    pub(super) app: String,
    /// The snapshot's id, or its name among those of the app.
    pub(super) snapshot: String,
    /// Cancels a task that is under way; otherwise that is an error.
    #[serde(default)]
    pub(super) force: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Fork {
    /// The app's id or name.
    pub(super) app: String,
    /// The snapshot's id, or its name among those of the app.
    pub(super) snapshot: String,
    /// How many new apps, 1 to 16; 1 if not said.
    pub(super) count: Option<u32>,
    /// The name of the new apps.
    pub(super) name: Option<String>,
    /// Whether the app's config is copied, secrets too.
    #[serde(default)]
    pub(super) copy_config: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Diff {
    /// The newer snapshot's id.
    pub(super) snapshot: String,
    /// The older snapshot's id.
    pub(super) against: String,
}
