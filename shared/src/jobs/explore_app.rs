//! `app.explore`: best of N. Forks N children from one snapshot and gives each the same prompt.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::accept::{self, Accepted, Defaults, Refusal, Subject};
use super::fork_app::{self, Child, GitHistory};
use super::quota::{self, Demand};
use super::run_task::{self, RunningTask};
use super::{capture_snapshot, delete_app, fail};
use crate::clock::Timestamp;
use crate::domain::{
    App, ErrorBody, ErrorCode, EventType, Name, NewEvent, Operation, OperationKind, Quota, Sandbox,
    Snapshot,
};
use crate::ids::{AppId, OperationId, SandboxId, SnapshotId, TaskId};
use crate::secrets::Keys;
use crate::store::{StoreError, apps, events, operations, sandboxes, tasks};

/// The fewest children: with one there is nothing to choose.
pub const MIN_CHILDREN: u32 = 2;
/// Unfinished explorations of a node. Each waits in the tasks' queue for tasks that need a place in
/// it too.
const MAX_AT_A_TIME: i64 = 8;
/// What it may take beyond its tasks: to capture, to fork and to wait.
const BESIDE_THE_TASKS: Duration = Duration::from_hours(2);
const CAPTURED_AS: &str = "Before exploring";

/// A child with its task. All ids are given when the exploration is accepted, so that whoever
/// works on it sees what is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explorer {
    /// The new app.
    pub app_id: AppId,
    /// Its sandbox.
    pub sandbox_id: SandboxId,
    /// What is done in it.
    pub task_id: TaskId,
    /// The operation that does it.
    pub task_operation_id: OperationId,
}

impl Explorer {
    fn generate() -> Self {
        Self {
            app_id: AppId::generate(),
            sandbox_id: SandboxId::generate(),
            task_id: TaskId::generate(),
            task_operation_id: OperationId::generate(),
        }
    }
}

/// What a job reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// What the children are forked from.
    pub snapshot_id: SnapshotId,
    /// The operation that forks them.
    pub fork_operation_id: OperationId,
    /// The children.
    pub children: Vec<Explorer>,
    /// What each is asked.
    pub task: run_task::Spec,
    /// Whether they get the source's config.
    pub copy_config: bool,
    /// What the installation gave when this was asked for.
    pub defaults: Defaults,
}

/// What is explored.
#[derive(Debug, Clone)]
pub struct Spec {
    /// From which snapshot; none: from the workspace as it is.
    pub snapshot: Option<Snapshot>,
    /// How many children.
    pub count: u32,
    /// What each is asked.
    pub task: run_task::Spec,
    /// Whether they get the source's config.
    pub copy_config: bool,
}

/// Accepts an exploration. Where it is to begin from the workspace as it is, that is captured.
///
/// # Errors
/// 409 if the snapshot isn't ready, the app is being deleted or has no sandbox to capture, or
/// another operation has it; 429 for a quota; 503 when the node has many under way.
pub async fn accept(
    conn: &mut SqliteConnection,
    source: &App,
    spec: Spec,
    defaults: Defaults,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    if let Some(deleting) = source.active_operation_id {
        return Err(ErrorBody::in_progress(deleting).into());
    }
    let id = OperationId::generate();
    let (snapshot_id, node) = match &spec.snapshot {
        Some(snapshot) => {
            accept::usable(snapshot)?;
            (snapshot.id, snapshot.node.clone())
        }
        None => capture_source(conn, source, now).await?,
    };
    if operations::unfinished_of_kind(conn, &node, OperationKind::AppExplore).await?
        >= MAX_AT_A_TIME
    {
        return Err(ErrorBody::new(
            ErrorCode::Capacity,
            "many explorations are under way; wait until one has ended",
        )
        .into());
    }
    let count = i64::from(spec.count);
    quota::check_ahead(conn, &source.owner, count, quota::NEW_SANDBOX, now).await?;
    quota::check_ahead(conn, &source.owner, count, &[Quota::Tasks], now).await?;
    let deadline = now.plus(spec.task.timeout + BESIDE_THE_TASKS);
    let input = Input {
        snapshot_id,
        fork_operation_id: OperationId::generate(),
        children: (0..spec.count).map(|_| Explorer::generate()).collect(),
        task: spec.task,
        copy_config: spec.copy_config,
        defaults,
    };
    let kind = OperationKind::AppExplore;
    let subject = Subject { app: Some(source.id), sandbox: None, snapshot: Some(snapshot_id) };
    let mut operation = accept::operation(id, kind, &source.owner, &node, subject, &input, now);
    operation.deadline = deadline;
    accept::enqueue(conn, &operation, Demand::Takes(0, &[])).await?;
    let event = NewEvent::of(&operation, EventType::ExploreStarted)
        .payload(json!({ "count": spec.count, "agent": input.task.agent }));
    events::append(conn, &event, now).await?;
    Ok(Accepted::New(operation))
}

async fn capture_source(
    conn: &mut SqliteConnection,
    source: &App,
    now: Timestamp,
) -> Result<(SnapshotId, String), Refusal> {
    let Some(sandbox) = sandboxes::of_app(conn, source.id).await? else {
        let hint = "the app has no sandbox; make one, or name a snapshot_id";
        return Err(ErrorBody::new(ErrorCode::Conflict, hint).into());
    };
    let name = Name::parse(CAPTURED_AS).expect("invariant: our own name is one");
    let captured = capture_snapshot::accept_checkpoint(conn, &sandbox, None, &name, now).await?;
    let snapshot = captured.snapshot_id.expect("invariant: a capture is about its snapshot");
    Ok((snapshot, captured.node))
}

/// Accepts the fork and the children's tasks, in one transaction; does nothing if that is done.
///
/// # Errors
/// What the fork or a task is refused for.
pub async fn spread(
    conn: &mut SqliteConnection,
    operation: &Operation,
    input: &Input,
    source: &App,
    snapshot: &Snapshot,
    keys: &Keys,
    now: Timestamp,
) -> Result<(), Refusal> {
    if operations::get(conn, input.fork_operation_id).await?.is_some() {
        return Ok(());
    }
    let spec = fork_app::Spec {
        name: Name::parse(&source.name).ok().map(|name| name.with_suffix(", variant")),
        count: u32::try_from(input.children.len()).unwrap_or(u32::MAX),
        // Each is to be compared with the source.
        git: GitHistory::Keep,
        copy_config: input.copy_config.then(|| keys.clone()),
    };
    let children: Vec<Child> = input
        .children
        .iter()
        .map(|child| Child { app_id: child.app_id, sandbox_id: child.sandbox_id })
        .collect();
    let ids = fork_app::Ids { operation: input.fork_operation_id, children };
    fork_app::accept_part(conn, source, snapshot, &spec, ids, &input.defaults, now).await?;
    for child in &input.children {
        apps::set_explored_by(conn, child.app_id, operation.id).await?;
        let sandbox = child_sandbox(conn, child).await?;
        let (task, its_operation) = (child.task_id, child.task_operation_id);
        run_task::accept_part(conn, &sandbox, &input.task, task, its_operation, now).await?;
    }
    Ok(())
}

async fn child_sandbox(
    conn: &mut SqliteConnection,
    child: &Explorer,
) -> Result<Sandbox, StoreError> {
    let row = sandboxes::get(conn, child.sandbox_id).await?;
    row.ok_or_else(|| StoreError::Corrupt(format!("child {} has no row", child.sandbox_id)))
}

/// Whether all that the exploration waits for has ended: its fork, and the children's tasks.
///
/// # Errors
/// What the fork failed with.
pub async fn is_over(conn: &mut SqliteConnection, input: &Input) -> Result<bool, Refusal> {
    if let Some(fork) = operations::get(conn, input.fork_operation_id).await?
        && let Some(error) = fork.error
    {
        return Err(error.into());
    }
    for child in &input.children {
        match tasks::get(conn, child.task_id).await? {
            Some(task) if !task.status.is_final() => return Ok(false),
            _ => {}
        }
    }
    Ok(true)
}

/// Takes an exploration back, as far as that can be asked for now: cancels what is under way, and
/// has the children deleted. True once nothing of it is left but deletions that are under way.
///
/// # Errors
/// [`StoreError`]
pub async fn take_back(
    conn: &mut SqliteConnection,
    operation: &Operation,
    input: &Input,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let fork = operations::get(conn, input.fork_operation_id).await?;
    if let Some(fork) = fork.filter(|fork| !fork.status.is_final()) {
        cancel(conn, &fork, now).await?;
        return Ok(false);
    }
    let mut gone = true;
    for child in &input.children {
        let Some(app) = apps::find(conn, &operation.owner, child.app_id).await? else { continue };
        if app.active_operation_id.is_some() {
            continue;
        }
        let (snapshots, running) = (true, RunningTask::Cancel);
        match delete_app::accept(conn, &app, snapshots, running, &operation.node, now).await {
            Ok(_) => {}
            Err(Refusal::Client(_)) => gone = false,
            Err(Refusal::Store(error)) => return Err(error),
        }
    }
    Ok(gone)
}

async fn cancel(
    conn: &mut SqliteConnection,
    operation: &Operation,
    now: Timestamp,
) -> Result<(), StoreError> {
    match fail::cancel(conn, operation, now).await {
        Ok(()) | Err(Refusal::Client(_)) => Ok(()),
        Err(Refusal::Store(error)) => Err(error),
    }
}

/// Records an exploration whose tasks have ended, each in its way.
///
/// # Errors
/// [`StoreError`]
pub async fn succeed(
    conn: &mut SqliteConnection,
    operation: &Operation,
    input: &Input,
    now: Timestamp,
) -> Result<Value, StoreError> {
    let event = NewEvent::of(operation, EventType::Explored)
        .payload(json!({ "count": input.children.len() }));
    events::append(conn, &event, now).await?;
    let (app, snapshot) = (operation.app_id, input.snapshot_id);
    Ok(json!({ "app_id": app, "snapshot_id": snapshot, "children": input.children }))
}
