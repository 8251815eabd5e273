//! `GET /v1/workers`

use std::time::Duration;

use axum::extract::State;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::store::backlog::{self, Running};
use sandboxd_shared::store::nodes;
use sandboxd_shared::store::workers::{self, Worker};
use serde_json::{Value, json};

use crate::auth::Tenant;
use crate::routes::health::WORKER_SILENCE;
use crate::server::Api;
use crate::web::{Answer, ApiError};

/// Workers that went away are shown this long.
const SHOWN: Duration = Duration::from_mins(10);

/// Workers with what they run, and the nodes they work for.
pub(crate) async fn list_workers(
    State(api): State<Api>,
    tenant: Tenant,
) -> Result<Answer, ApiError> {
    let now = api.store.clock().now();
    let mut conn = api.store.read().await?;
    let seen = workers::seen_since(&mut conn, now.minus(SHOWN)).await?;
    let running = backlog::running(&mut conn).await?;
    let nodes: Vec<Value> = nodes::all(&mut conn)
        .await?
        .iter()
        .map(|node| {
            json!({
                "name": node.name,
                "driver": node.driver,
                "driver_reason": node.driver_reason,
                "engine_error": node.engine_error,
                "firewall": node.firewall,
                "firewall_error": node.firewall_error,
            })
        })
        .collect();
    let shown: Vec<Value> =
        seen.iter().map(|worker| show(worker, &running, &tenant, now)).collect();
    Ok(Answer::ok(&json!({ "workers": shown, "nodes": nodes })))
}

fn show(worker: &Worker, running: &[Running], tenant: &Tenant, now: Timestamp) -> Value {
    let its = || running.iter().filter(|operation| operation.worker == worker.name);
    let own: Vec<Value> = its()
        .filter(|operation| operation.owner == tenant.as_str())
        .map(|operation| {
            json!({
                "id": operation.id,
                "kind": operation.kind,
                "app_id": operation.app_id,
                "sandbox_id": operation.sandbox_id,
                "attempt": operation.attempt,
                "started_at": operation.started_at,
                "lease_until": operation.lease_until,
            })
        })
        .collect();
    let queues: Vec<&str> = worker.queues.split(',').filter(|name| !name.is_empty()).collect();
    json!({
        "name": worker.name,
        "node": worker.node,
        "queues": queues,
        "alive": worker.seen_at >= now.minus(WORKER_SILENCE),
        "started_at": worker.started_at,
        "seen_at": worker.seen_at,
        "running": its().count(),
        "operations": own,
    })
}
