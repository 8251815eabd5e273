//! `GET /v1/queues`

use axum::extract::State;
use sandboxd_shared::store::backlog;
use serde_json::{Value, json};

use crate::auth::Tenant;
use crate::server::Api;
use crate::web::{Answer, ApiError};

/// The queues of all nodes: depth, age of what waits longest, and what ended in the last minute.
pub(crate) async fn list_queues(
    State(api): State<Api>,
    _tenant: Tenant,
) -> Result<Answer, ApiError> {
    let now = api.store.clock().now();
    let found = backlog::queues(&mut *api.store.read().await?, now).await?;
    let queues: Vec<Value> = found
        .iter()
        .map(|queue| {
            json!({
                "node": queue.node,
                "queue": queue.queue,
                "depth": queue.queued,
                "running": queue.running,
                "oldest_queued_at": queue.oldest_queued_at,
                "oldest_age_ms": queue.oldest_queued_at.map(|at| now.millis_since(at)),
                "ended_per_minute": queue.ended,
                "failed_per_minute": queue.failed,
            })
        })
        .collect();
    Ok(Answer::ok(&json!({ "queues": queues })))
}
