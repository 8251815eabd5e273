//! `GET /v1/queues`

use axum::extract::State;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::QueueClass;
use sandboxd_shared::store::backlog;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::server::Api;
use crate::web::{Answer, ApiError};

/// The queues that have anything to tell of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueueList {
    queues: Vec<Queue>,
}

/// A node's queue.
#[derive(Debug, Serialize, ToSchema)]
struct Queue {
    #[schema(examples("node-1"))]
    node: String,
    queue: QueueClass,
    /// Operations that wait, back-off included.
    depth: i64,
    /// Operations that run.
    running: i64,
    /// When the one that waits longest was accepted.
    #[schema(required)]
    oldest_queued_at: Option<Timestamp>,
    /// Milliseconds that it has waited.
    #[schema(required)]
    oldest_age_ms: Option<i64>,
    /// Operations that ended within the last minute.
    ended_per_minute: i64,
    /// Those of them that failed.
    failed_per_minute: i64,
}

/// Lists queues
///
/// Of all nodes and tenants together: depth, age of what waits longest, and what ended in the last
/// minute.
#[utoipa::path(
    get, path = "/v1/queues", tag = "workers",
    responses((status = 200, description = "All of them", body = QueueList)),
)]
pub(crate) async fn list_queues(
    State(api): State<Api>,
    _tenant: Tenant,
) -> Result<Answer, ApiError> {
    let now = api.store.clock().now();
    let found = backlog::queues(&mut *api.store.read().await?, now).await?;
    let queues = found.into_iter().map(|queue| show(queue, now)).collect();
    Ok(Answer::ok(&QueueList { queues }))
}

fn show(queue: backlog::Queue, now: Timestamp) -> Queue {
    Queue {
        node: queue.node,
        queue: queue.queue,
        depth: queue.queued,
        running: queue.running,
        oldest_queued_at: queue.oldest_queued_at,
        oldest_age_ms: queue.oldest_queued_at.map(|at| now.millis_since(at)),
        ended_per_minute: queue.ended,
        failed_per_minute: queue.failed,
    }
}
