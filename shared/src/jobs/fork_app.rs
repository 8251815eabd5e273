//! `app.fork`: new apps whose workspaces stand on a snapshot. All of them, or none.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::accept::{self, Accepted, Defaults, Refusal, Subject};
use super::create_sandbox;
use super::quota::{Demand, NEW_SANDBOX};
use crate::app_config;
use crate::clock::Timestamp;
use crate::domain::{
    App, ErrorBody, EventType, ForkedFrom, IdlePolicy, Name, NewEvent, Operation, OperationKind,
    Sandbox, SandboxStatus, Snapshot, text_enum,
};
use crate::ids::{AppId, OperationId, SandboxId};
use crate::secrets::Keys;
use crate::store::sandboxes::Endpoint;
use crate::store::{StoreError, apps, events, generations, sandboxes};

/// The most children of one fork.
pub const MAX_CHILDREN: u32 = 16;

text_enum! {
    /// What becomes of the git history in a fork.
    GitHistory {
        /// One fresh commit of what is there.
        Reset = "reset",
        Keep = "keep",
    }
}

/// A new app and its sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// The new app.
    pub app_id: AppId,
    /// Its sandbox.
    pub sandbox_id: SandboxId,
}

/// What a job reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// What is made.
    pub children: Vec<Child>,
    /// What becomes of the git history.
    pub git: GitHistory,
}

/// What a fork is to be like.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The name of the fork; numbered when there are more.
    pub name: Option<Name>,
    /// How many, 1 to [`MAX_CHILDREN`].
    pub count: u32,
    /// What becomes of the git history.
    pub git: GitHistory,
    /// The keys to copy the source's config with; none leaves it behind.
    pub copy_config: Option<Keys>,
}

/// Accepts a fork of `source` from `snapshot`.
///
/// # Errors
/// 409 if the snapshot isn't ready or the app is being deleted.
pub async fn accept(
    conn: &mut SqliteConnection,
    source: &App,
    snapshot: &Snapshot,
    spec: &Spec,
    defaults: &Defaults,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let children = (0..spec.count)
        .map(|_| Child { app_id: AppId::generate(), sandbox_id: SandboxId::generate() })
        .collect();
    let ids = Ids { operation: OperationId::generate(), children };
    let demand = Demand::Takes(i64::from(spec.count), NEW_SANDBOX);
    queue_up(conn, source, snapshot, spec, ids, demand, defaults, now).await
}

/// What a fork that is a part of another operation is to be known by.
#[derive(Debug)]
pub(super) struct Ids {
    pub(super) operation: OperationId,
    pub(super) children: Vec<Child>,
}

/// The same with ids that were given before, as a part of another operation.
///
/// # Errors
/// As [`accept`].
pub(super) async fn accept_part(
    conn: &mut SqliteConnection,
    source: &App,
    snapshot: &Snapshot,
    spec: &Spec,
    ids: Ids,
    defaults: &Defaults,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let demand = Demand::IsPart(i64::from(spec.count), NEW_SANDBOX);
    queue_up(conn, source, snapshot, spec, ids, demand, defaults, now).await
}

#[expect(clippy::too_many_arguments, reason = "what a fork is of, and how it is counted")]
async fn queue_up(
    conn: &mut SqliteConnection,
    source: &App,
    snapshot: &Snapshot,
    spec: &Spec,
    ids: Ids,
    demand: Demand,
    defaults: &Defaults,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    accept::usable(snapshot)?;
    if let Some(deleting) = source.active_operation_id {
        return Err(ErrorBody::in_progress(deleting).into());
    }
    let Ids { operation: id, children } = ids;
    let model = sandboxes::of_app(conn, source.id).await?;
    for (child, number) in children.iter().zip(1..) {
        let app = child_app(source, snapshot, spec, (child.app_id, number), now);
        apps::insert(conn, &app).await?;
        let its = sandbox_spec(model.as_ref(), snapshot);
        let mut row = create_sandbox::sandbox_row(&app, id, its, Some(snapshot), defaults, now);
        row.id = child.sandbox_id;
        create_sandbox::insert(conn, &row, Some(snapshot), None, now).await?;
    }
    let apps: Vec<AppId> = children.iter().map(|child: &Child| child.app_id).collect();
    let config_keys = match &spec.copy_config {
        Some(keys) => app_config::copy(conn, keys, source.id, &apps, now).await?,
        None => 0,
    };
    let kind = OperationKind::AppFork;
    let subject = Subject { app: Some(source.id), sandbox: None, snapshot: Some(snapshot.id) };
    let input = Input { children, git: spec.git };
    let operation =
        accept::operation(id, kind, &source.owner, &snapshot.node, subject, &input, now);
    accept::enqueue(conn, &operation, demand).await?;
    let event = NewEvent::of(&operation, EventType::ForkStarted)
        .payload(json!({ "source_app_id": source.id, "count": spec.count }));
    events::append(conn, &event, now).await?;
    for child in &input.children {
        let event = NewEvent::of(&operation, EventType::AppCreated)
            .app(child.app_id)
            .payload(json!({ "source_app_id": source.id, "config_keys": config_keys }));
        events::append(conn, &event, now).await?;
    }
    Ok(Accepted::New(operation))
}

fn child_app(
    source: &App,
    snapshot: &Snapshot,
    spec: &Spec,
    (id, number): (AppId, u32),
    now: Timestamp,
) -> App {
    let many = spec.count > 1;
    let name = match (&spec.name, Name::parse(&source.name)) {
        (Some(name), _) if many => name.with_suffix(&format!(" {number}")).as_str().to_owned(),
        (Some(name), _) => name.as_str().to_owned(),
        (None, Ok(name)) if many => {
            name.with_suffix(&format!(" (fork {number})")).as_str().to_owned()
        }
        (None, Ok(name)) => name.with_suffix(" (fork)").as_str().to_owned(),
        (None, Err(_)) => "Fork".to_owned(),
    };
    App {
        id,
        owner: source.owner.clone(),
        name,
        description: source.description.clone(),
        tags: source.tags.clone(),
        external_user_id: source.external_user_id.clone(),
        external_project_id: source.external_project_id.clone(),
        // A matter of safety: what may not leave the source may not leave its forks.
        egress: source.egress.clone(),
        current_sandbox_id: None,
        forked_from: Some(ForkedFrom { app_id: source.id, snapshot_id: snapshot.id }),
        active_operation_id: None,
        created_at: now,
        updated_at: now,
    }
}

/// Ports, visibility and limits follow the source's sandbox, or what the snapshot remembers.
fn sandbox_spec(model: Option<&Sandbox>, snapshot: &Snapshot) -> create_sandbox::Spec {
    create_sandbox::Spec {
        template: snapshot.template,
        ports: model.map_or_else(|| snapshot.ports.clone(), |model| model.ports.clone()),
        visibility: model.map_or(snapshot.visibility, |model| model.visibility),
        idle_policy: model.map_or(IdlePolicy::Sleep, |model| model.idle_policy),
        limits: model.map_or(snapshot.limits, |model| model.limits),
    }
}

/// Records children that run.
///
/// # Errors
/// [`StoreError`]
pub async fn succeed(
    conn: &mut SqliteConnection,
    operation: &Operation,
    children: &[(Child, Endpoint)],
    now: Timestamp,
) -> Result<Value, StoreError> {
    for (child, endpoint) in children {
        let running = SandboxStatus::Running;
        let sandbox = child.sandbox_id;
        sandboxes::release(conn, sandbox, operation.id, running, None, Some(endpoint), now).await?;
        let event = NewEvent::of(operation, EventType::SandboxCreated)
            .app(child.app_id)
            .sandbox(sandbox)
            .payload(json!({ "source_app_id": operation.app_id }));
        events::append(conn, &event, now).await?;
    }
    let event = NewEvent::of(operation, EventType::Forked)
        .payload(json!({ "source_app_id": operation.app_id, "count": children.len() }));
    events::append(conn, &event, now).await?;
    let made: Vec<Child> = children.iter().map(|(child, _)| *child).collect();
    let mut result = json!({ "children": made });
    if let [only] = made.as_slice() {
        result["app_id"] = json!(only.app_id);
        result["sandbox_id"] = json!(only.sandbox_id);
    }
    Ok(result)
}

/// Takes the children away: a fork that failed leaves nothing.
pub(super) async fn fail(
    conn: &mut SqliteConnection,
    operation: &Operation,
) -> Result<(), StoreError> {
    let input: Input = accept::input(operation)?;
    for child in input.children {
        generations::discard_all(conn, child.sandbox_id).await?;
        sandboxes::delete(conn, child.sandbox_id).await?;
        apps::delete(conn, child.app_id).await?;
    }
    Ok(())
}
