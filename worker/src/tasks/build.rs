//! Whether the app builds after the agent.

use std::time::Duration;

use futures::StreamExt;
use sandboxd_shared::app_config::dev_server_environment;
use sandboxd_shared::domain::{
    AgentEnd, EventType, NewEvent, OutputKind, Sandbox, SandboxStatus, Task,
};
use sandboxd_shared::ids::TaskId;
use sandboxd_shared::store::{events, task_output, tasks};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::Tasks;
use super::supervisor::{Program, Said, Saying, SupervisorError};
use crate::runner::{JobContext, JobError};

/// How long a build may take.
const LIMIT: Duration = Duration::from_mins(10);
/// How much longer its end is waited for.
const SLACK: Duration = Duration::from_secs(30);
/// How much of the end of what it prints is kept, bytes.
const TAIL: usize = 8 * 1024;

/// How a build went.
struct Build {
    end: AgentEnd,
    tail: Vec<u8>,
}

impl Tasks {
    /// Builds the app, if it says how. A build that fails is no failure of the task; one that could
    /// not be tried leaves the task without a finding.
    ///
    /// # Errors
    /// Of the database.
    pub async fn check_build(&self, cx: &JobContext, id: TaskId) -> Result<(), JobError> {
        let task = self.task(cx, id).await?;
        if task.build_ok.is_some() || self.own_sandbox(cx, &task).await?.is_none() {
            return Ok(());
        }
        let run_dir = self.run_dir(&task);
        let command = match self.supervisor.build_command(&run_dir).await {
            Ok(Some(command)) => command,
            Ok(None) => return Ok(()),
            Err(error) => return not_tried(&task, &error),
        };
        say_that_it_runs(cx, &task, &command).await?;
        let mut conn = cx.store().read().await?;
        let keys = &self.containers.environments.keys;
        let (_, env) = dev_server_environment(&mut conn, keys, task.app_id).await?;
        drop(conn);
        let program = Program { argv: &command, env: &env, timeout: LIMIT };
        let saying = match self.supervisor.run(&run_dir, &program).await {
            Ok(saying) => saying,
            Err(error) => return not_tried(&task, &error),
        };
        match listen(saying).await {
            Ok(build) => record(cx, &task, &command, &build).await,
            Err(error) => not_tried(&task, &error),
        }
    }

    /// The sandbox, if it runs in the container that the agent has worked in.
    pub(super) async fn own_sandbox(
        &self,
        cx: &JobContext,
        task: &Task,
    ) -> Result<Option<Sandbox>, JobError> {
        let row = self.sandbox(cx, task.sandbox_id).await?;
        Ok(row.filter(|row| {
            row.status == SandboxStatus::Running && row.container_id == task.handed_over_to
        }))
    }
}

fn not_tried(task: &Task, error: &SupervisorError) -> Result<(), JobError> {
    tracing::warn!(task.id = %task.id, error = error as &dyn std::error::Error,
        "the app could not be built after a task");
    Ok(())
}

/// Says so once, though a worker may have died over it.
async fn say_that_it_runs(
    cx: &JobContext,
    task: &Task,
    command: &[String],
) -> Result<(), JobError> {
    let mut tx = cx.fenced_write_lightly().await?;
    let newest = task_output::newest(&mut tx, task.id).await?;
    if newest.is_some_and(|newest| newest.kind == OutputKind::Build) {
        return Ok(());
    }
    let told = [(OutputKind::Build, json!({ "status": "running", "command": command }))];
    task_output::append(&mut tx, task.id, &told, cx.store().clock().now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn listen(mut saying: Saying) -> Result<Build, SupervisorError> {
    let mut tail = Vec::new();
    let heard = async {
        while let Some(said) = saying.next().await {
            match said? {
                Said::Output(bytes) => {
                    tail.extend_from_slice(&bytes);
                    let from = tail.len().saturating_sub(TAIL);
                    tail.drain(..from);
                }
                Said::End(end) => return Ok(end),
            }
        }
        Err(SupervisorError::NoAnswer(std::io::ErrorKind::UnexpectedEof.into()))
    };
    let end = timeout(LIMIT + SLACK, heard)
        .await
        .unwrap_or_else(|_| Err(SupervisorError::NoAnswer(std::io::ErrorKind::TimedOut.into())))?;
    Ok(Build { end, tail })
}

async fn record(
    cx: &JobContext,
    task: &Task,
    command: &[String],
    build: &Build,
) -> Result<(), JobError> {
    let AgentEnd { code, signal, cause } = &build.end;
    let reason = match (cause.as_str(), code, signal) {
        ("timeout", ..) => Some("timeout".to_owned()),
        (_, Some(0), _) => None,
        (_, Some(code), _) => Some(format!("exit {code}")),
        (_, None, Some(signal)) => Some(format!("signal {signal}")),
        (_, None, None) => Some("unknown".to_owned()),
    };
    let text = String::from_utf8_lossy(&build.tail);
    let status = if reason.is_none() { "ok" } else { "failed" };
    let mut told = json!({ "status": status, "command": command });
    if reason.is_some() {
        told["text"] = Value::from(text.as_ref());
    }
    let mut tx = cx.fenced_write().await?;
    let now = cx.store().clock().now();
    let message = reason.as_ref().map(|_| text.as_ref());
    tasks::set_build(&mut tx, task.id, reason.is_none(), message).await?;
    task_output::append(&mut tx, task.id, &[(OutputKind::Build, told)], now).await?;
    if let Some(reason) = reason {
        let event = NewEvent::of(cx.operation(), EventType::TaskBuildFailed)
            .payload(json!({ "reason": reason, "has_build_error": !text.trim().is_empty() }));
        events::append(&mut tx, &event, now).await?;
    }
    tx.commit().await?;
    Ok(())
}
