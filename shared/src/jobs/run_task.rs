//! `task.run`: a prompt for an agent in a sandbox, between two checkpoints.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::accept::{self, Accepted, Refusal, Subject};
use super::fail::cancel;
use super::quota::Demand;
use crate::clock::Timestamp;
use crate::domain::{
    Agent, ErrorBody, ErrorCode, EventType, FailureReason, NewEvent, Operation, OperationKind,
    OutputKind, Quota, Sandbox, SandboxStatus, Task, TaskStatus, Undo,
};
use crate::ids::{OperationId, TaskId};
use crate::store::{StoreError, events, operations, sandboxes, task_output, tasks};

/// How long an agent may take unless the request says.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_mins(30);
/// How long an agent may take at most.
pub const TIMEOUT_MAX: Duration = Duration::from_hours(24);
/// What a task may take beyond its agent's time: to be woken, captured, built and looked at, each of
/// which has a limit of its own, and to wait behind other tasks for a worker.
const BESIDE_THE_AGENT: Duration = Duration::from_hours(24);

/// What a job reads; the rest is in the task's row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The task.
    pub task_id: TaskId,
}

/// What is asked of an agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Spec {
    /// What is to be done.
    pub prompt: String,
    /// Who is to do it.
    pub agent: Agent,
    /// The model, in the agent's own spelling.
    pub model: Option<String>,
    /// The program, for agent `command`.
    pub command: Option<Vec<String>>,
    /// The task whose conversation is gone on with.
    pub continue_task_id: Option<TaskId>,
    /// How long the agent may take.
    pub timeout: Duration,
    /// Whether the workspace is captured before and after.
    pub checkpoint: bool,
}

/// What to do about a task that is under way in a sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunningTask {
    /// Say that it is in the way.
    Respect,
    /// Cancel it.
    Cancel,
}

/// Accepts a task. Whatever lifecycle operation is under way is waited for.
///
/// # Errors
/// 409 if the sandbox has an unfinished task, is being deleted or was never made; 429 for a quota.
pub async fn accept(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    spec: &Spec,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let (id, operation) = (TaskId::generate(), OperationId::generate());
    let demand = Demand::Takes(1, &[Quota::Tasks]);
    queue_up(conn, sandbox, spec, id, operation, demand, now).await
}

/// The same with ids that were given before, as a part of another operation.
///
/// # Errors
/// As [`accept`].
pub(super) async fn accept_part(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    spec: &Spec,
    id: TaskId,
    operation: OperationId,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let demand = Demand::IsPart(1, &[Quota::Tasks]);
    queue_up(conn, sandbox, spec, id, operation, demand, now).await
}

async fn queue_up(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    spec: &Spec,
    id: TaskId,
    operation_id: OperationId,
    demand: Demand,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    if let Some(task) = sandbox.active_task_id {
        return Err(ErrorBody::task_in_progress(task).into());
    }
    match sandbox.status {
        SandboxStatus::Deleting => {
            return Err(match sandbox.active_operation_id {
                Some(active) => ErrorBody::in_progress(active).into(),
                None => accept::wrong_status(sandbox, "takes no tasks").into(),
            });
        }
        SandboxStatus::Error => {
            let hint = "takes no tasks; make the app's sandbox again";
            return Err(accept::wrong_status(sandbox, hint).into());
        }
        _ => {}
    }
    let session = earlier_session(conn, sandbox, spec).await?;
    let kind = OperationKind::TaskRun;
    let input = Input { task_id: id };
    let subject = Subject::of(sandbox);
    let mut operation =
        accept::operation(operation_id, kind, &sandbox.owner, &sandbox.node, subject, &input, now);
    operation.lock_key = format!("task:{}", sandbox.id);
    operation.task_id = Some(id);
    operation.deadline = now.plus(spec.timeout + BESIDE_THE_AGENT);
    tasks::insert(conn, &row(sandbox, spec, &operation, id, session)).await?;
    sandboxes::set_active_task(conn, sandbox.id, id).await?;
    accept::enqueue(conn, &operation, demand).await?;
    let event =
        NewEvent::of(&operation, EventType::TaskQueued).payload(json!({ "agent": spec.agent }));
    events::append(conn, &event, now).await?;
    Ok(Accepted::New(operation))
}

/// The agent's session of the task that is to be gone on with; none where its agent told of none.
async fn earlier_session(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    spec: &Spec,
) -> Result<Option<String>, Refusal> {
    let Some(earlier) = spec.continue_task_id else { return Ok(None) };
    let Some(earlier) = tasks::find(conn, &sandbox.owner, sandbox.id, earlier).await? else {
        return Err(field("continue_task_id", "names no task of this sandbox").into());
    };
    if earlier.agent != spec.agent {
        let what = format!("is a task of agent {}; ask the same one to go on", earlier.agent);
        return Err(field("continue_task_id", &what).into());
    }
    Ok(earlier.session)
}

fn field(name: &str, what: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::InvalidRequest, format!("{name} {what}"))
        .with_details(json!({ "field": name }))
}

fn row(
    sandbox: &Sandbox,
    spec: &Spec,
    operation: &Operation,
    id: TaskId,
    session: Option<String>,
) -> Task {
    Task {
        id,
        owner: sandbox.owner.clone(),
        sandbox_id: sandbox.id,
        app_id: sandbox.app_id,
        operation_id: operation.id,
        agent: spec.agent,
        model: spec.model.clone(),
        prompt: spec.prompt.clone(),
        command: spec.command.clone(),
        continue_task_id: spec.continue_task_id,
        timeout_ms: i64::try_from(spec.timeout.as_millis()).unwrap_or(i64::MAX),
        checkpoint: spec.checkpoint,
        status: TaskStatus::Queued,
        failure_reason: None,
        error_message: None,
        files_changed: None,
        agent_message_final: None,
        build_ok: None,
        build_error_message: None,
        preview_status_after: None,
        checkpoint_before: None,
        checkpoint_after: None,
        usage: None,
        duration_ms: None,
        created_at: operation.created_at,
        started_at: None,
        finished_at: None,
        session,
        handed_over_to: None,
        begun: false,
        ends_by: None,
        ended: None,
        output_offset: 0,
        reader: None,
    }
}

/// Judges whether something else may be done to a sandbox: not under a running task, unless that
/// is to be cancelled. Gives the task that is being cancelled, whose end is to be waited for.
///
/// # Errors
/// 409 naming the task.
pub(super) async fn make_way(
    conn: &mut SqliteConnection,
    sandbox: &Sandbox,
    running: RunningTask,
    now: Timestamp,
) -> Result<Option<TaskId>, Refusal> {
    let Some(id) = sandbox.active_task_id else { return Ok(None) };
    if running == RunningTask::Respect {
        return Err(ErrorBody::task_in_progress(id).into());
    }
    let task = tasks::get(conn, id).await?;
    if let Some(task) = task
        && let Some(operation) = operations::get(conn, task.operation_id).await?
        && !operation.status.is_final()
    {
        cancel(conn, &operation, now).await?;
    }
    Ok(Some(id))
}

/// Says that a worker has begun a task, once.
///
/// # Errors
/// [`StoreError`]
pub async fn begin(
    conn: &mut SqliteConnection,
    operation: &Operation,
    task: &Task,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !tasks::set_running(conn, task.id, now).await? {
        return Ok(());
    }
    let status = [(OutputKind::Status, json!({ "status": "running" }))];
    task_output::append(conn, task.id, &status, now).await?;
    let event =
        NewEvent::of(operation, EventType::TaskStarted).payload(json!({ "agent": task.agent }));
    events::append(conn, &event, now).await?;
    Ok(())
}

/// Records a task that succeeded.
///
/// # Errors
/// [`StoreError`]
pub async fn succeed(
    conn: &mut SqliteConnection,
    operation: &Operation,
    id: TaskId,
    now: Timestamp,
) -> Result<Value, StoreError> {
    let task = end(conn, id, TaskStatus::Succeeded, None, now).await?;
    let event = NewEvent::of(operation, EventType::TaskCompleted).payload(json!({
        "agent": task.agent,
        "files_changed": task.files_changed.as_ref().map(Vec::len),
        "duration_ms": task.duration_ms,
        "build_ok": task.build_ok,
    }));
    events::append(conn, &event, now).await?;
    Ok(json!({ "app_id": task.app_id, "sandbox_id": task.sandbox_id, "task_id": id }))
}

/// Ends the row, gives the sandbox back, and says the last word of the output.
async fn end(
    conn: &mut SqliteConnection,
    id: TaskId,
    status: TaskStatus,
    failure: Option<(FailureReason, &str)>,
    now: Timestamp,
) -> Result<Task, StoreError> {
    let ended = tasks::finish(conn, id, status, failure, now).await?;
    let task = tasks::get(conn, id)
        .await?
        .ok_or_else(|| StoreError::Corrupt(format!("task {id} has no row")))?;
    sandboxes::clear_active_task(conn, task.sandbox_id, id, now).await?;
    if ended {
        let last = json!({
            "status": task.status,
            "failure_reason": task.failure_reason,
            "error_message": task.error_message,
            "files_changed": task.files_changed.as_ref().map(Vec::len),
            "build_ok": task.build_ok,
            "preview_status_after": task.preview_status_after,
            "checkpoint_before": task.checkpoint_before,
            "checkpoint_after": task.checkpoint_after,
            "duration_ms": task.duration_ms,
        });
        task_output::append(conn, id, &[(OutputKind::Done, last)], now).await?;
    }
    Ok(task)
}

/// Ends a task that failed or was cancelled. What the handler noted as the reason stays; else it
/// follows from the operation's error.
pub(super) async fn fail(
    conn: &mut SqliteConnection,
    operation: &Operation,
    undo: &Undo,
    now: Timestamp,
) -> Result<(), StoreError> {
    let input: Input = accept::input(operation)?;
    let (status, reason, message) = match &undo.error {
        None => (TaskStatus::Cancelled, FailureReason::Cancelled, "the task was cancelled"),
        Some(error) => (TaskStatus::Failed, reason_of(error.code), error.message.as_str()),
    };
    let task = end(conn, input.task_id, status, Some((reason, message)), now).await?;
    let event = if status == TaskStatus::Cancelled {
        NewEvent::of(operation, EventType::TaskCancelled)
            .payload(json!({ "agent": task.agent, "duration_ms": task.duration_ms }))
    } else {
        NewEvent::of(operation, EventType::TaskFailed).payload(json!({
            "agent": task.agent,
            "failure_reason": task.failure_reason,
            "has_error": task.error_message.is_some(),
        }))
    };
    events::append(conn, &event, now).await?;
    Ok(())
}

const fn reason_of(code: ErrorCode) -> FailureReason {
    match code {
        ErrorCode::SandboxUnavailable
        | ErrorCode::Capacity
        | ErrorCode::QuotaExceeded
        | ErrorCode::NotFound
        | ErrorCode::Conflict => FailureReason::SandboxUnavailable,
        _ => FailureReason::Internal,
    }
}
