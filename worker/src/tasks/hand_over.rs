//! Handing a prompt to an agent, once. The row says to which container before anything is sent; PID
//! 1 begins the same id once, and has that on its disk before the agent runs. So a worker that finds
//! a task handed over and not begun may send it again, to the same container and no other.

use std::time::Duration;

use sandboxd_shared::app_config::agent_environment;
use sandboxd_shared::domain::{ErrorCode, OutputKind, SandboxStatus, Task};
use sandboxd_shared::ids::TaskId;
use sandboxd_shared::store::{sandboxes, task_output, tasks};
use serde_json::json;
use tokio::time::Instant;

use super::Tasks;
use super::notes::{Notes, OUTPUT_LIMIT};
use super::supervisor::{Order, Refusal, SupervisorError};
use super::verdict::{Failure, public};
use crate::agents::{self, Launch, NotReady, Request};
use crate::failpoint;
use crate::runner::{JobContext, JobError};

/// How long a sandbox may take to take an order.
const PATIENCE: Duration = Duration::from_mins(1);
/// The first and the longest wait before it is asked again.
const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(2);
/// Tasks of before that are ended if they are still there.
const STRAYS: i64 = 3;

impl Tasks {
    /// Hands the prompt over, unless that is done. A task whose container has gone since it was
    /// handed over is concluded.
    ///
    /// # Errors
    /// `agent_error` for an agent that can't be started; `sandbox_unavailable`.
    pub async fn hand_over(&self, cx: &JobContext, id: TaskId) -> Result<(), JobError> {
        let task = self.task(cx, id).await?;
        if task.begun {
            return Ok(());
        }
        let launch = match self.launch(cx, &task).await? {
            Ok(launch) => launch,
            Err(missing) => {
                return Err(self.fail(cx, &task, Failure::agent(missing.to_string())).await);
            }
        };
        if task.handed_over_to.is_none() {
            self.choose_container(cx, &task).await?;
            failpoint::hit("task.chosen").await?;
        }
        let task = self.task(cx, id).await?;
        self.send(cx, &task, &launch).await
    }

    async fn launch(
        &self,
        cx: &JobContext,
        task: &Task,
    ) -> Result<Result<Launch, NotReady>, JobError> {
        let mut conn = cx.store().read().await?;
        let keys = &self.containers.environments.keys;
        let environment = agent_environment(&mut conn, keys, task.app_id).await?;
        let request = Request {
            prompt: &task.prompt,
            model: task.model.as_deref(),
            command: task.command.as_deref(),
            session: task.session.as_deref(),
            environment: &environment,
        };
        Ok(agents::launch(task.agent, &request))
    }

    /// Notes the container that gets the prompt, once and for all.
    async fn choose_container(&self, cx: &JobContext, task: &Task) -> Result<(), JobError> {
        let found = self.containers.find(task.sandbox_id).await?;
        let live = found.filter(|found| found.phase.is_live()).map(|found| found.id);
        let mut tx = cx.fenced_write().await?;
        let row = sandboxes::get(&mut tx, task.sandbox_id).await?;
        let row = row.filter(|row| row.status == SandboxStatus::Running);
        let recorded = row.and_then(|row| row.container_id);
        let Some(container) = recorded.filter(|id| live.as_ref() == Some(id)) else {
            return Err(JobError::retry(
                ErrorCode::SandboxUnavailable,
                "the sandbox ended before the agent was begun",
            ));
        };
        let ends_by = cx.store().clock().now().plus(timeout(task));
        if !tasks::hand_over(&mut tx, task.id, &container, ends_by).await? {
            return Err(JobError::Lost);
        }
        tx.commit().await?;
        Ok(())
    }

    async fn send(&self, cx: &JobContext, task: &Task, launch: &Launch) -> Result<(), JobError> {
        let run_dir = self.run_dir(task);
        let order = Order {
            id: task.id,
            argv: &launch.argv,
            env: &launch.env,
            timeout: timeout(task),
            output_limit: OUTPUT_LIMIT,
        };
        let until = Instant::now() + PATIENCE;
        let mut wait = RETRY_MIN;
        loop {
            // Before each time: there may be another container at that socket by now.
            if !self.is_there(task).await? {
                return Notes::resume(self, cx, task)?.conclude_from_file().await;
            }
            let refusal = match self.supervisor.start(&run_dir, &order).await {
                Ok(_) => {
                    failpoint::hit("task.sent").await?;
                    return note_begun(cx, task).await;
                }
                Err(SupervisorError::Refused(refusal)) => Some(refusal),
                Err(_) => None,
            };
            match refusal {
                Some(Refusal::TaskRunning) => self.end_strays(cx, task).await?,
                Some(refusal) => {
                    if let Some(failure) = final_refusal(refusal, launch) {
                        return Err(self.fail(cx, task, failure).await);
                    }
                }
                None => {}
            }
            if Instant::now() >= until {
                return Err(not_taken(refusal));
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = cx.cancelled() => return Err(JobError::Cancelled),
            }
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    /// Ends what is left of tasks that have ended in the rows: their sandbox could not be reached
    /// then.
    async fn end_strays(&self, cx: &JobContext, task: &Task) -> Result<(), JobError> {
        let mut conn = cx.store().read().await?;
        let (sandbox, id) = (task.sandbox_id, task.id);
        let strays = tasks::handed_over_before(&mut conn, sandbox, id, STRAYS).await?;
        drop(conn);
        for stray in strays {
            let _ = self.supervisor.cancel(&self.run_dir(task), stray).await;
        }
        Ok(())
    }

    /// Notes why the task fails, and gives the error that its operation fails with.
    async fn fail(&self, cx: &JobContext, task: &Task, failure: Failure) -> JobError {
        let note = async {
            let mut tx = cx.fenced_write().await?;
            tasks::set_failure(&mut tx, task.id, failure.reason, &failure.message).await?;
            tx.commit().await?;
            Ok::<_, JobError>(())
        };
        match note.await {
            Ok(()) => public(task, failure.reason, &failure.message),
            Err(error) => error,
        }
    }
}

async fn note_begun(cx: &JobContext, task: &Task) -> Result<(), JobError> {
    let mut tx = cx.fenced_write().await?;
    let now = cx.store().clock().now();
    tasks::set_begun(&mut tx, task.id, now.plus(timeout(task))).await?;
    let started = json!({ "status": "agent_started", "agent": task.agent });
    let mut told = vec![(OutputKind::Status, started)];
    if task.continue_task_id.is_some() && task.session.is_none() {
        let why = "the earlier task left no session to go on with; the agent starts anew";
        told.push((OutputKind::Status, json!({ "status": "new_session", "detail": why })));
    }
    task_output::append(&mut tx, task.id, &told, now).await?;
    tx.commit().await?;
    Ok(())
}

fn timeout(task: &Task) -> Duration {
    Duration::from_millis(u64::try_from(task.timeout_ms).unwrap_or(0))
}

/// What a refusal that stays means.
fn final_refusal(refusal: Refusal, launch: &Launch) -> Option<Failure> {
    let program = launch.argv.first().map_or("", String::as_str);
    match refusal {
        Refusal::NotFound => Some(Failure::agent(format!(
            "{program} isn't in this sandbox's image; build an image with it, or ask another agent"
        ))),
        Refusal::Unsupported => Some(Failure::unavailable(
            "stop and start the sandbox once: its supervisor is older than this release",
        )),
        Refusal::Invalid => Some(Failure::agent(
            "the agent can't be started with this command and the app's config: they are too large, \
             or the program can't be run",
        )),
        Refusal::TaskRunning | Refusal::Busy | Refusal::Other => None,
    }
}

fn not_taken(refusal: Option<Refusal>) -> JobError {
    if refusal == Some(Refusal::TaskRunning) {
        let message = "another task's agent still runs in the sandbox; stop and start the sandbox";
        return JobError::fail(ErrorCode::Internal, message);
    }
    JobError::retry(ErrorCode::SandboxUnavailable, "the sandbox did not take the task in time")
}
