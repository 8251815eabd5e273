//! `GET /v1/workers`

use std::time::Duration;

use axum::extract::State;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{DriverKind, OperationKind};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId};
use sandboxd_shared::store::backlog::{self, Running};
use sandboxd_shared::store::{nodes, workers};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::routes::health::WORKER_SILENCE;
use crate::server::Api;
use crate::web::{Answer, ApiError};

/// Workers that went away are shown this long.
const SHOWN: Duration = Duration::from_mins(10);

/// Workers with what they run, and the nodes they work for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkerList {
    workers: Vec<Worker>,
    nodes: Vec<Node>,
}

/// A worker process.
#[derive(Debug, Serialize, ToSchema)]
struct Worker {
    #[schema(examples("worker-1"))]
    name: String,
    #[schema(examples("node-1"))]
    node: String,
    /// The queues that it takes from.
    #[schema(examples("control"))]
    queues: Vec<String>,
    /// Whether it was heard of in the last 15 s.
    alive: bool,
    started_at: Timestamp,
    seen_at: Timestamp,
    /// Operations that it runs, all tenants' together.
    running: usize,
    /// The tenant's own of them.
    operations: Vec<RunningOperation>,
}

/// An operation in a worker's hands.
#[derive(Debug, Serialize, ToSchema)]
struct RunningOperation {
    id: OperationId,
    kind: OperationKind,
    #[schema(required)]
    app_id: Option<AppId>,
    #[schema(required)]
    sandbox_id: Option<SandboxId>,
    /// Attempts begun.
    attempt: i64,
    #[schema(required)]
    started_at: Option<Timestamp>,
    /// When it is taken for stranded unless its worker is heard of.
    lease_until: Timestamp,
}

/// A container engine with its data directory.
#[derive(Debug, Serialize, ToSchema)]
struct Node {
    #[schema(examples("node-1"))]
    name: String,
    /// How it keeps workspaces.
    driver: DriverKind,
    /// Why that way.
    #[schema(examples("overlay mounts work here"))]
    driver_reason: String,
    /// Why its engine can't be used now.
    #[schema(required, examples(json!(null)))]
    engine_error: Option<String>,
}

/// Lists workers
///
/// With the operations of the tenant that they run, and the nodes they work for.
#[utoipa::path(
    get, path = "/v1/workers", tag = "workers",
    responses((status = 200, description = "All of them", body = WorkerList)),
)]
pub(crate) async fn list_workers(
    State(api): State<Api>,
    tenant: Tenant,
) -> Result<Answer, ApiError> {
    let now = api.store.clock().now();
    let mut conn = api.store.read().await?;
    let seen = workers::seen_since(&mut conn, now.minus(SHOWN)).await?;
    let running = backlog::running(&mut conn).await?;
    let nodes = nodes::all(&mut conn).await?.into_iter().map(show_node).collect();
    let workers =
        seen.into_iter().map(|worker| show_worker(worker, &running, &tenant, now)).collect();
    Ok(Answer::ok(&WorkerList { workers, nodes }))
}

fn show_node(node: nodes::Node) -> Node {
    Node {
        name: node.name,
        driver: node.driver,
        driver_reason: node.driver_reason,
        engine_error: node.engine_error,
    }
}

fn show_worker(
    worker: workers::Worker,
    running: &[Running],
    tenant: &Tenant,
    now: Timestamp,
) -> Worker {
    let its = || running.iter().filter(|operation| operation.worker == worker.name);
    let own = its().filter(|operation| operation.owner == tenant.as_str());
    let names = worker.queues.split(',').filter(|name| !name.is_empty());
    Worker {
        queues: names.map(str::to_owned).collect(),
        alive: worker.seen_at >= now.minus(WORKER_SILENCE),
        started_at: worker.started_at,
        seen_at: worker.seen_at,
        running: its().count(),
        operations: own.map(show_operation).collect(),
        name: worker.name,
        node: worker.node,
    }
}

fn show_operation(operation: &Running) -> RunningOperation {
    RunningOperation {
        id: operation.id,
        kind: operation.kind,
        app_id: operation.app_id,
        sandbox_id: operation.sandbox_id,
        attempt: operation.attempt,
        started_at: operation.started_at,
        lease_until: operation.lease_until,
    }
}
