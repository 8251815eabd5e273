//! Who works, and whether what was accepted goes on.

use std::collections::BTreeSet;
use std::time::Duration;

use sandboxd_shared::node::Finding;
use sandboxd_shared::store::workers::Worker;
use sandboxd_shared::store::{Store, StoreError, nodes, stuck, workers};

use crate::routes::health::WORKER_SILENCE;

/// Workers that were silent for longer are forgotten anyway.
const REMEMBERED: Duration = Duration::from_hours(1);
/// How long an operation may wait for a free hand, or for its rescue.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn workers(store: &Store) -> Result<Vec<Finding>, StoreError> {
    const CHECK: &str = "workers";
    let now = store.clock().now();
    let mut conn = store.read().await?;
    let known = workers::seen_since(&mut conn, now.minus(REMEMBERED)).await?;
    let nodes = nodes::all(&mut conn).await?;
    let (alive, silent): (Vec<&Worker>, Vec<&Worker>) =
        known.iter().partition(|worker| worker.seen_at >= now.minus(WORKER_SILENCE));
    let mut found = Vec::new();
    if alive.is_empty() {
        let seconds = WORKER_SILENCE.as_secs();
        found.push(Finding::error(
            CHECK,
            format!("none has been heard of in the last {seconds} s: nothing is done"),
            "start sandboxd-worker; if it runs, its log says why it doesn't go on",
        ));
    } else {
        found.push(Finding::ok(CHECK, format!("{} at work", alive.len())));
    }
    for worker in silent {
        let seconds = now.millis_since(worker.seen_at) / 1000;
        found.push(Finding::warning(
            CHECK,
            format!("{} (pid {}) was last heard of {seconds} s ago", worker.name, worker.pid),
            "if its process still runs, end it: others take its operations. A dead one is \
             forgotten after an hour",
        ));
    }
    for node in nodes.iter().filter(|node| alive.iter().any(|worker| worker.node == node.name)) {
        if let Some(error) = &node.engine_error {
            let said = format!("node {} notes of its engine: {error}", node.name);
            found.push(Finding::error(CHECK, said, "check on its host that Docker runs"));
        }
    }
    Ok(found)
}

pub(super) async fn queues(store: &Store) -> Result<Vec<Finding>, StoreError> {
    const CHECK: &str = "queues";
    let now = store.clock().now();
    let before = now.minus(PATIENCE);
    let mut conn = store.read().await?;
    let waiting = stuck::waiting(&mut conn, before).await?;
    let expired = stuck::expired(&mut conn, before).await?;
    let alive = workers::seen_since(&mut conn, now.minus(WORKER_SILENCE)).await?;
    let served: BTreeSet<(&str, &str)> = alive
        .iter()
        .flat_map(|worker| worker.queues.split(',').map(|queue| (worker.node.as_str(), queue)))
        .collect();
    let mut found = Vec::new();
    for queue in waiting {
        let seconds = now.millis_since(queue.since) / 1000;
        let said = format!(
            "{}/{}: {} operations wait though nothing holds them, {} for {seconds} s",
            queue.node, queue.queue, queue.count, queue.oldest
        );
        found.push(if served.contains(&(queue.node.as_str(), queue.queue.as_str())) {
            let advice = "its workers do all they may at once: GET /v1/workers says what; give \
                          them more (SANDBOXD_QUEUES), or start another worker";
            Finding::warning(CHECK, said, advice)
        } else {
            let advice = "no live worker takes from it: start one of this node whose \
                          SANDBOXD_QUEUES has this class";
            Finding::error(CHECK, said, advice)
        });
    }
    for operation in expired {
        let seconds = now.millis_since(operation.lease_until) / 1000;
        found.push(Finding::error(
            CHECK,
            format!(
                "operation {} ({}) is with {}, whose lease ran out {seconds} s ago",
                operation.id, operation.kind, operation.worker
            ),
            "any live worker of the node rescues it within a second: start one",
        ));
    }
    if found.is_empty() {
        found.push(Finding::ok(CHECK, "nothing waits for longer than it must"));
    }
    Ok(found)
}

pub(super) async fn sandboxes(store: &Store) -> Result<Vec<Finding>, StoreError> {
    const CHECK: &str = "sandboxes";
    let adrift = stuck::adrift(&mut *store.read().await?).await?;
    if adrift.is_empty() {
        return Ok(vec![Finding::ok(CHECK, "each is settled, or an operation has it")]);
    }
    let told = adrift.into_iter().map(|(id, status)| {
        let said = format!("{id} is {status} and no unfinished operation has it");
        let advice = "this should never be: keep a copy of the database and report it; deleting \
                      the app makes room for another";
        Finding::error(CHECK, said, advice)
    });
    Ok(told.collect())
}
