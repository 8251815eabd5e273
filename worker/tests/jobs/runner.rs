//! One worker's runner: panics, deadlines, back-offs, lost pokes, a queue that dies.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{OperationStatus, SandboxStatus};
use sandboxd_worker::runtime::fake::Call;

use crate::node::TestNode;
use crate::trial::Trial;

impl TestNode {
    /// A statement with values for `$1` and so on.
    pub(crate) async fn execute_with(&self, sql: &'static str, values: &[&dyn ToString]) {
        let mut tx = self.store.write().await.unwrap();
        let query = values.iter().fold(sqlx::query(sql), |query, one| query.bind(one.to_string()));
        query.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn execute(&self, sql: &'static str) {
        let mut tx = self.store.write().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_panic_is_a_failure_and_no_stuck_row() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let ground = Trial::Create.prepare(&node).await;
    node.capacity.panics.store(true, Ordering::SeqCst);
    let id = Trial::Create.ask(&node, &ground).await;
    let done = node.end_by_itself(id).await;
    assert_eq!((done.status, done.attempt), (OperationStatus::Failed, 1));
    assert_eq!(done.error.unwrap().message, "the operation failed unexpectedly");
    let row = node.sandbox(done.sandbox_id.unwrap()).await.unwrap();
    assert_eq!((row.status, row.active_operation_id), (SandboxStatus::Error, None));
    node.capacity.panics.store(false, Ordering::SeqCst);
    node.create(ground.app).await;
}

#[tokio::test]
async fn what_is_over_its_deadline_is_undone() {
    let node = TestNode::new().await;
    let ground = Trial::Create.prepare(&node).await;
    node.engine.delay_next(Call::StartContainer, Duration::from_secs(60));
    let id = Trial::Create.ask(&node, &ground).await;
    let mut tx = node.store.write().await.unwrap();
    sqlx::query("UPDATE operations SET deadline = $1")
        .bind(node.clock.now().plus(Duration::from_millis(700)))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let _worker = node.worker().await;
    let done = node.end_by_itself(id).await;
    assert_eq!((done.status, done.attempt), (OperationStatus::Failed, 1));
    assert!(done.error.unwrap().message.contains("too long"));
    assert_eq!(node.calls(Call::StartContainer), 1);
    assert!(node.volumes().await.is_empty() && node.container(done.sandbox_id.unwrap()).is_none());
}

#[tokio::test]
async fn a_retry_waits_and_says_why() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let ground = Trial::Create.prepare(&node).await;
    node.refuse(Call::StartContainer, 1);
    let since = Instant::now();
    let id = Trial::Create.ask(&node, &ground).await;
    let waiting = node
        .until("it waits", || async {
            let row = node.operation(id).await;
            (row.status == OperationStatus::Queued && row.attempt == 1).then_some(row)
        })
        .await;
    let events = node.events_of(id).await;
    let event = events.last().unwrap();
    assert_eq!((event.kind.as_str(), event.attempt), ("operation.retried", Some(1)));
    assert_eq!(event.payload["kind"], "sandbox.create");
    assert!(event.payload["reason"].as_str().unwrap().contains("engine"));
    let wait = waiting.not_before.millis_since(event.created_at);
    assert!((750..=1_250).contains(&wait), "{wait} ms");
    let done = node.end_by_itself(id).await;
    assert_eq!((done.status, done.attempt), (OperationStatus::Succeeded, 2));
    assert!(since.elapsed() >= Duration::from_millis(750));
}

#[tokio::test]
async fn a_lost_poke_is_sent_again() {
    let node = TestNode::new().await;
    let ground = Trial::Create.prepare(&node).await;
    let id = Trial::Create.ask(&node, &ground).await;
    node.execute("DELETE FROM Jobs").await;
    let _worker = node.worker().await;
    let done = node.end_by_itself(id).await;
    assert_eq!((done.status, done.attempt), (OperationStatus::Succeeded, 1));
}

#[tokio::test]
async fn a_poke_that_nobody_claimed_is_sent_again() {
    let node = TestNode::new().await;
    let ground = Trial::Create.prepare(&node).await;
    let id = Trial::Create.ask(&node, &ground).await;
    // As a worker leaves it that took the poke and was killed before its claim.
    node.execute("UPDATE Jobs SET status = 'Running', lock_by = NULL, lock_at = 1").await;
    let _worker = node.worker().await;
    assert_eq!(node.end_by_itself(id).await.status, OperationStatus::Succeeded);
}

#[tokio::test]
async fn a_queue_that_dies_of_the_database_comes_back() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let consumers = "SELECT count(*) FROM Workers";
    // Each start adds a row, and on a busy machine one may have been started twice by now.
    let served = "SELECT count(DISTINCT worker_type) FROM Workers";
    node.until("the queues are served", || async { (node.count(served).await == 4).then_some(()) })
        .await;
    let before = node.count(consumers).await;
    // Pokes can be sent and not be taken.
    node.execute(
        "CREATE TRIGGER broken BEFORE UPDATE ON Jobs BEGIN SELECT RAISE(ABORT, 'broken'); END",
    )
    .await;
    let app = node.app("one").await;
    let id = node.ask_create(app, None).await;
    node.until("one died and was started again", || async {
        (node.count(consumers).await > before).then_some(())
    })
    .await;
    assert_eq!(node.operation(id).await.status, OperationStatus::Queued);
    node.execute("DROP TRIGGER broken").await;
    assert_eq!(node.end_by_itself(id).await.status, OperationStatus::Succeeded);
}
