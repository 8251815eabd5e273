//! Tools for tasks: prompts for agents in sandboxes.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::{tool, tool_router};
use serde_json::json;

use super::arguments::{ListAgents, OneTask, RunTask};
use super::limits::{WAIT_DEFAULT, wait};
use super::{Told, Tools, told, why};
use crate::client::{Answer, Failure, Route};
use crate::resolve::parse_id;
use crate::session::id;

#[tool_router(router = tasks, vis = "pub(super)")]
impl Tools {
    #[tool(
        description = "Hands a prompt to a coding agent that works in an app's sandbox, which is woken first. The \
                       workspace is captured before and after, so that undo_task can bring it back. The result is \
                       the operation; when it has succeeded, result.task tells files_changed, build_ok and \
                       agent_message_final.",
        annotations(
            title = "Run a task",
            destructive_hint = true,
            idempotent_hint = false,
            open_world_hint = true
        )
    )]
    async fn run_task(&self, Parameters(wanted): Parameters<RunTask>) -> Told {
        told(self.hand_over(wanted).await)
    }

    #[tool(
        description = "Shows what became of a task so far.",
        annotations(title = "Show a task", read_only_hint = true, open_world_hint = false)
    )]
    async fn get_task(&self, Parameters(wanted): Parameters<OneTask>) -> Told {
        let task = self.client.find_task(&parse_id(&wanted.task)?).await;
        task.map(|task| task.to_string()).map_err(|failure| why(&failure))
    }

    #[tool(
        description = "Cancels a task; what its agent has changed stays. The result is the task's operation.",
        annotations(
            title = "Cancel a task",
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn cancel_task(&self, Parameters(wanted): Parameters<OneTask>) -> Told {
        told(self.call_off(&parse_id(&wanted.task)?).await)
    }

    #[tool(
        description = "Brings back the workspace from before a task. What is replaced is kept as a snapshot, which \
                       result.safety_snapshot_id names.",
        annotations(
            title = "Undo a task",
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn undo_task(&self, Parameters(wanted): Parameters<OneTask>) -> Told {
        told(self.undo(&parse_id(&wanted.task)?).await)
    }

    #[tool(
        description = "Lists the agents that tasks can be run by, what each needs, and whether it is ready.",
        annotations(title = "List agents", read_only_hint = true, open_world_hint = false)
    )]
    async fn list_agents(&self, Parameters(wanted): Parameters<ListAgents>) -> Told {
        let app = match &wanted.app {
            Some(app) => Some(self.client.find_app_id(app).await.map_err(|failure| why(&failure))?),
            None => None,
        };
        told(self.client.get(&Route::v1(["agents"]).with("app_id", app)).await)
    }
}

impl Tools {
    async fn hand_over(&self, wanted: RunTask) -> Result<Answer, Failure> {
        let sandbox = self.client.find_sandbox_id(&wanted.app).await?;
        let mut body = json!({ "prompt": wanted.prompt });
        for (name, value) in [
            ("agent", wanted.agent.map(Into::into)),
            ("model", wanted.model.map(Into::into)),
            ("command", wanted.command.map(Into::into)),
            ("continue_task_id", wanted.continue_task.map(Into::into)),
            ("timeout_s", wanted.timeout_seconds.map(Into::into)),
        ] {
            if let Some(value) = value {
                body[name] = value;
            }
        }
        let accepted = self.client.post(&Route::v1(["sandboxes", &sandbox, "tasks"]), body).await?;
        self.ended(&accepted, wait(wanted.wait_seconds)).await
    }

    async fn call_off(&self, task: &str) -> Result<Answer, Failure> {
        let sandbox = id(&self.client.find_task(task).await?, "sandbox_id")?;
        let route = Route::v1(["sandboxes", &sandbox, "tasks", task, "cancel"]);
        self.client.post(&route, json!({})).await
    }

    async fn undo(&self, task: &str) -> Result<Answer, Failure> {
        let found = self.client.find_task(task).await?;
        let app = id(&found, "app_id")?;
        let Some(before) = found["checkpoint_before"].as_str() else {
            return Err(Failure::Missing("the task has no checkpoint from before".into()));
        };
        let route = Route::v1(["apps", &app, "restore"]);
        let accepted = self.client.post(&route, json!({ "snapshot_id": before })).await?;
        self.ended(&accepted, WAIT_DEFAULT).await
    }
}
