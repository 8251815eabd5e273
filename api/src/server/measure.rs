//! What the database knows of the installation, recorded when somebody asks for the metrics.

use std::time::Duration;

use sandboxd_shared::domain::SandboxStatus;
use sandboxd_shared::metrics;
use sandboxd_shared::store::{Store, StoreError, backlog, nodes, sandboxes, workers};

use crate::routes::health::WORKER_SILENCE;

/// How long the database may take: a scraper doesn't wait for long.
const LIMIT: Duration = Duration::from_secs(3);

/// Records it. What can't be read stays as it was, and that it can't be read is recorded.
pub(crate) async fn measure(store: Store) {
    let read = tokio::time::timeout(LIMIT, look(&store)).await;
    metrics::database_up(matches!(read, Ok(Ok(()))));
    match read {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the database could not be read for the metrics"
        ),
        Err(_) => tracing::warn!("the database was too slow for the metrics"),
    }
}

async fn look(store: &Store) -> Result<(), StoreError> {
    let now = store.clock().now();
    let mut conn = store.read().await?;
    let nodes = nodes::all(&mut conn).await?;
    let heard = workers::seen_since(&mut conn, now.minus(WORKER_SILENCE)).await?;
    let queues = backlog::queues(&mut conn, now).await?;
    let counts = sandboxes::count_by_status(&mut conn).await?;
    drop(conn);
    metrics::queues(&nodes, &queues, |queue| {
        queue.oldest_queued_at.map_or(0, |at| now.millis_since(at))
    });
    for node in &nodes {
        metrics::node_state(node);
        let own = heard.iter().filter(|worker| worker.node == node.name);
        metrics::workers(&node.name, own.count());
    }
    for status in SandboxStatus::ALL {
        let found = counts.iter().find(|(of, _)| of == status);
        metrics::sandboxes(*status, found.map_or(0, |(_, count)| *count));
    }
    Ok(())
}
