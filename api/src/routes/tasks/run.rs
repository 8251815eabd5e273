//! `POST /v1/sandboxes/{id}/tasks`

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::config::parse_duration;
use sandboxd_shared::domain::{Agent, ModelName, Prompt, Task};
use sandboxd_shared::ids::{SandboxId, TaskId};
use sandboxd_shared::jobs::run_task::{self as job, TIMEOUT_DEFAULT, TIMEOUT_MAX};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::openapi::Accepted;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, PathId, Post, Prefer, act};

/// Who is asked unless the request says.
const AGENT_DEFAULT: Agent = Agent::Opencode;
/// What a program is given at most: its words, and the bytes of all of them.
const WORDS_MAX: usize = 256;
const COMMAND_BYTES_MAX: usize = 64 << 10;

/// What is to be done, and who is to do it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "prompt": "Make the heading blue", "agent": "opencode", "timeout": "10m", "checkpoint": true
})))]
pub(crate) struct RunTask {
    pub(crate) prompt: Prompt,
    /// `opencode` if not said.
    pub(crate) agent: Option<Agent>,
    /// In the agent's own spelling; its own choice if not said.
    pub(crate) model: Option<ModelName>,
    /// How long the agent may take: a duration such as "10m", from "1s" to "24h"; 30 minutes if not
    /// said.
    #[schema(pattern = "^([1-9][0-9]{0,3}s|[1-9][0-9]{0,2}m|[1-9]h|1[0-9]h|2[0-4]h)$")]
    pub(crate) timeout: Option<String>,
    /// The same in seconds; give one of them.
    #[schema(minimum = 1, maximum = 86400)]
    pub(crate) timeout_s: Option<u64>,
    /// Whether the workspace is captured before and after, so that the task can be undone; true if
    /// not said.
    pub(crate) checkpoint: Option<bool>,
    /// The program and its arguments, at most 64 KiB; for agent `command`, which gets the prompt in
    /// `SANDBOXD_PROMPT`.
    #[schema(min_items = 1, max_items = 256)]
    pub(crate) command: Option<Vec<String>>,
    /// A task of this sandbox, by the same agent, whose conversation is gone on with.
    pub(crate) continue_task_id: Option<TaskId>,
}

impl RunTask {
    pub(crate) fn spec(self) -> Result<job::Spec, ApiError> {
        let agent = self.agent.unwrap_or(AGENT_DEFAULT);
        check_command(agent, self.command.as_deref())
            .map_err(|what| ApiError::field("command", what))?;
        Ok(job::Spec {
            timeout: timeout(self.timeout.as_deref(), self.timeout_s)?,
            prompt: self.prompt.into_string(),
            agent,
            model: self.model.map(ModelName::into_string),
            command: self.command,
            continue_task_id: self.continue_task_id,
            checkpoint: self.checkpoint.unwrap_or(true),
        })
    }
}

fn timeout(text: Option<&str>, seconds: Option<u64>) -> Result<Duration, ApiError> {
    let (field, time) = match (text, seconds) {
        (Some(_), Some(_)) => {
            return Err(ApiError::field("timeout_s", "give it or timeout, not both"));
        }
        (Some(text), None) => ("timeout", parse_duration(text).ok()),
        (None, Some(seconds)) => ("timeout_s", Some(Duration::from_secs(seconds))),
        (None, None) => return Ok(TIMEOUT_DEFAULT),
    };
    let in_range = |time: &Duration| (Duration::from_secs(1)..=TIMEOUT_MAX).contains(time);
    time.filter(in_range).ok_or_else(|| {
        let hint = match field {
            "timeout" => "must be a duration from 1s to 24h, such as \"10m\"",
            _ => "must be 1 to 86400",
        };
        ApiError::field(field, hint)
    })
}

fn check_command(agent: Agent, command: Option<&[String]>) -> Result<(), &'static str> {
    let command = match (agent, command) {
        (Agent::Command, Some(command)) => command,
        (Agent::Command, None) => return Err("agent command needs one"),
        (_, Some(_)) => return Err("only agent command has one"),
        (_, None) => return Ok(()),
    };
    if command.first().is_none_or(|program| program.trim().is_empty()) {
        return Err("must name a program");
    }
    let bytes: usize = command.iter().map(|word| word.len() + 1).sum();
    if command.len() > WORDS_MAX || bytes > COMMAND_BYTES_MAX {
        return Err("must have at most 256 words and 64 KiB");
    }
    if command.iter().any(|word| word.contains('\0')) {
        return Err("must not have a NUL in it");
    }
    Ok(())
}

/// Runs a task
///
/// Hands the prompt to an agent that works in the sandbox, which is woken first. Its result is at
/// `GET /v1/sandboxes/{id}/tasks/{task_id}`, by the `task_id` of the answer; what it says can be followed. A
/// sandbox has one task at a time.
#[utoipa::path(
    post, path = "/v1/sandboxes/{id}/tasks", tag = "tasks",
    params(PathId<SandboxId>, Prefer),
    request_body = RunTask,
    responses(
        Accepted,
        (status = 200, description = "With `Prefer: wait`: the task", body = Task),
    ),
)]
pub(crate) async fn run_task(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<SandboxId>,
    Post { body, once }: Post<RunTask>,
) -> Result<Response, ApiError> {
    let spec = body.spec()?;
    let (owner, uses) = (tenant.clone(), api.uses.clone());
    act(&api, &tenant, &once, prefer, |conn, now| {
        Box::pin(async move {
            let sandbox = lookup::sandbox(conn, &owner, id).await?;
            let accepted = job::accept(conn, &sandbox, &spec, now).await?;
            uses.note(id);
            Ok(accepted.into())
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn checked(fields: &Value) -> Result<job::Spec, String> {
        let mut body = json!({ "prompt": "x" });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let body: RunTask = serde_json::from_value(body).map_err(|error| error.to_string())?;
        body.spec().map_err(|error| error.to_string())
    }

    #[test]
    fn little_needs_to_be_said() {
        let spec = checked(&json!({})).unwrap();
        assert_eq!((spec.agent, spec.timeout), (Agent::Opencode, Duration::from_secs(1800)));
        assert!(spec.checkpoint && spec.command.is_none() && spec.model.is_none());
    }

    #[test]
    fn a_timeout_is_said_in_one_way_and_within_a_day() {
        for (fields, seconds) in [
            (json!({ "timeout": "1s" }), 1),
            (json!({ "timeout": "1h 30m" }), 5400),
            (json!({ "timeout": "24h" }), 86_400),
            (json!({ "timeout_s": 86_400 }), 86_400),
            (json!({ "timeout_s": null, "timeout": "2m" }), 120),
        ] {
            assert_eq!(checked(&fields).unwrap().timeout, Duration::from_secs(seconds));
        }
        for (fields, word) in [
            (json!({ "timeout": "1m", "timeout_s": 60 }), "not both"),
            (json!({ "timeout": "0" }), "timeout: "),
            (json!({ "timeout": "999ms" }), "timeout: "),
            (json!({ "timeout": "soon" }), "timeout: "),
            (json!({ "timeout": "24h 1s" }), "timeout: "),
            (json!({ "timeout_s": 0 }), "timeout_s: "),
            (json!({ "timeout_s": 86_401 }), "timeout_s: "),
            (json!({ "timeout_s": u64::MAX }), "timeout_s: "),
        ] {
            let refused = checked(&fields).unwrap_err();
            assert!(refused.contains(word), "{fields}: {refused}");
        }
    }

    #[test]
    fn a_command_is_for_its_agent_and_fits() {
        let command = |words: Value| json!({ "agent": "command", "command": words });
        assert!(checked(&command(json!(["sh", "-c", "true", ""]))).is_ok());
        assert!(checked(&command(json!(vec!["x"; 256]))).is_ok());
        for (fields, word) in [
            (json!({ "agent": "command" }), "needs one"),
            (json!({ "command": ["true"] }), "only agent command"),
            (command(json!([])), "name a program"),
            (command(json!([" "])), "name a program"),
            (command(json!(vec!["x"; 257])), "256 words"),
            (command(json!(["x".repeat(64 << 10)])), "64 KiB"),
            (command(json!(["a", "b\u{0}"])), "NUL"),
        ] {
            let refused = checked(&fields).unwrap_err();
            assert!(refused.contains(word), "{refused}");
        }
    }
}
