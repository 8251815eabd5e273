//! What nobody uses is stopped, and what others need memory for too.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{ErrorCode, IdlePolicy, OperationStatus, SandboxStatus};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId};
use sandboxd_shared::store::sandboxes::{self, Change};
use sandboxd_worker::idle::{IdleSettings, Upkeep};
use sandboxd_worker::sandbox::container_name;
use serde_json::{Value, json};

use crate::fakes::HEADROOM;
use crate::node::{NODE, TestNode};
use crate::trial::Trial;

const MIB: u64 = 1 << 20;
/// What a start is promised.
const START: u64 = 64 * MIB;
const HOUR: Duration = Duration::from_secs(3_600);

impl TestNode {
    /// One look of an upkeep of the test's own.
    pub(crate) async fn upkeep(&self, idle_after: Duration, pressure_below: u64) {
        let upkeep = Upkeep {
            store: self.store.clone(),
            node: NODE.to_owned(),
            capacity: Arc::clone(&self.capacity) as _,
            settings: IdleSettings { idle_after, pressure_below },
        };
        upkeep.once().await.unwrap();
    }

    pub(crate) async fn running_app(&self, name: &str) -> (AppId, SandboxId) {
        let app = self.app(name).await;
        (app, self.create(app).await)
    }

    pub(crate) async fn change(
        &self,
        sandbox: SandboxId,
        policy: IdlePolicy,
        idle_after_ms: Option<i64>,
    ) {
        let change = Change { idle_policy: Some(policy), idle_after_ms, ..Change::default() };
        let mut tx = self.store.write().await.unwrap();
        sandboxes::update(&mut tx, sandbox, change, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn used(&self, sandbox: SandboxId) {
        let mut tx = self.store.write().await.unwrap();
        sandboxes::touch(&mut tx, sandbox, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn active(&self, sandbox: SandboxId) -> Option<OperationId> {
        self.sandbox(sandbox).await.unwrap().active_operation_id
    }

    /// Types with their reasons.
    pub(crate) async fn reasons(&self, app: AppId) -> Vec<(String, Value)> {
        let events = self.app_events(app).await.into_iter();
        events.map(|event| (event.kind, event.payload["reason"].clone())).collect()
    }

    pub(crate) async fn status(&self, sandbox: SandboxId) -> (SandboxStatus, Option<String>) {
        let row = self.sandbox(sandbox).await.unwrap();
        (row.status, row.status_reason)
    }
}

#[tokio::test]
async fn what_is_idle_for_its_time_is_stopped() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let (app, plain) = node.running_app("plain").await;
    let (_, patient) = node.running_app("patient").await;
    let (_, never) = node.running_app("never").await;
    let (_, always) = node.running_app("always").await;
    let (_, busy) = node.running_app("busy").await;
    node.change(patient, IdlePolicy::Sleep, Some(2 * 3_600_000)).await;
    node.change(never, IdlePolicy::Sleep, Some(0)).await;
    node.change(always, IdlePolicy::AlwaysOn, None).await;
    let mut tx = node.store.write().await.unwrap();
    sqlx::query("UPDATE sandboxes SET active_task_id = '01JD4X8QK3M5N7P9R1S3T5V7W9' WHERE id = $1")
        .bind(busy)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    node.clock.advance(HOUR - Duration::from_secs(30));
    node.upkeep(HOUR, 0).await;
    assert_eq!(node.active(plain).await, None, "not yet");
    node.clock.advance(Duration::from_secs(40));
    node.upkeep(Duration::ZERO, 0).await;
    assert_eq!(node.active(plain).await, None, "zero is never");
    node.upkeep(HOUR, 0).await;
    let stop = node.active(plain).await.expect("it is stopped");
    node.succeed(stop).await;
    let idle = Some("idle".to_owned());
    assert_eq!(node.status(plain).await, (SandboxStatus::Stopped, idle));
    let told = node.reasons(app).await;
    let reason = |kind: &str| (kind.to_owned(), json!("idle"));
    assert_eq!(told[told.len() - 2..], [reason("sandbox.stop.started"), reason("sandbox.stopped")]);
    for other in [patient, never, always, busy] {
        assert_eq!(node.active(other).await, None);
        assert_eq!(node.status(other).await.0, SandboxStatus::Running);
    }
    node.clock.advance(HOUR);
    node.upkeep(HOUR, 0).await;
    assert!(node.active(patient).await.is_some(), "its own time counts");
    worker.stop().await;
}

#[tokio::test]
async fn one_whose_stop_is_refused_holds_no_other_up() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let mut made = Vec::new();
    for name in ["first", "second", "third"] {
        made.push(node.running_app(name).await.1);
        node.clock.advance(Duration::from_secs(10));
    }
    worker.stop().await;
    // It changes between the look and its stop, each time.
    node.execute(
        "CREATE TRIGGER taken BEFORE UPDATE ON sandboxes \
         WHEN OLD.app_id = (SELECT id FROM apps WHERE name = 'second') BEGIN SELECT RAISE(IGNORE); END",
    )
    .await;
    node.clock.advance(2 * HOUR);
    node.upkeep(HOUR, 0).await;
    for stopped in [made[0], made[2]] {
        assert!(node.active(stopped).await.is_some());
        assert_eq!(node.status(stopped).await.0, SandboxStatus::Stopping);
    }
    assert_eq!(node.active(made[1]).await, None);
    let stops = "SELECT count(*) FROM operations WHERE kind = 'sandbox.stop'";
    assert_eq!(node.count(stops).await, 2, "nothing is left of what was refused");
}

#[tokio::test]
async fn a_use_between_acceptance_and_stop_calls_the_stop_off() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let (app, sandbox) = node.running_app("shop").await;
    worker.stop().await;
    node.clock.advance(2 * HOUR);
    node.upkeep(HOUR, 0).await;
    let stop = node.active(sandbox).await.unwrap();
    assert_eq!(node.status(sandbox).await.0, SandboxStatus::Stopping);
    node.clock.advance(Duration::from_secs(1));
    node.used(sandbox).await;
    let worker = node.worker().await;
    let ended = node.end(stop).await;
    assert_eq!(ended.status, OperationStatus::Cancelled);
    assert!(ended.error.unwrap().message.contains("used again"));
    node.assert_running(sandbox).await;
    assert_eq!(node.status(sandbox).await.1, None);
    let told = node.reasons(app).await;
    assert_eq!(told.last().unwrap(), &("operation.cancelled".to_owned(), json!("activity")));
    // It starts to be idle anew, and is stopped in the end.
    node.upkeep(HOUR, 0).await;
    assert_eq!(node.active(sandbox).await, None);
    node.clock.advance(2 * HOUR);
    node.upkeep(HOUR, 0).await;
    let stop = node.active(sandbox).await.unwrap();
    node.succeed(stop).await;
    worker.stop().await;
}

#[tokio::test]
async fn memory_pressure_stops_the_longest_idle_one_at_a_time() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let (_, always) = node.running_app("always").await;
    node.change(always, IdlePolicy::AlwaysOn, None).await;
    let mut made = Vec::new();
    for name in ["first", "second", "third"] {
        made.push(node.running_app(name).await);
        node.clock.advance(Duration::from_secs(60));
    }
    let (first, second, third) = (made[0].1, made[1].1, made[2].1);
    node.used(first).await;
    node.clock.advance(Duration::from_secs(30));
    node.used(third).await;
    node.capacity.free_memory.store(100 * MIB, Ordering::SeqCst);
    node.upkeep(Duration::ZERO, 100 * MIB).await;
    assert_eq!(node.active(second).await, None, "there is just enough");

    node.upkeep(Duration::ZERO, 128 * MIB).await;
    let stop = node.active(second).await.expect("it was idle longest");
    // One at a time: memory is measured again when it has ended.
    node.upkeep(Duration::ZERO, 128 * MIB).await;
    assert_eq!(node.active(first).await, None);
    node.succeed(stop).await;
    let pressure = Some("memory_pressure".to_owned());
    assert_eq!(node.status(second).await, (SandboxStatus::Stopped, pressure));
    node.upkeep(Duration::ZERO, 128 * MIB).await;
    let stop = node.active(first).await.expect("it is the next");
    node.succeed(stop).await;
    node.upkeep(Duration::ZERO, 128 * MIB).await;
    assert_eq!(node.active(third).await, None, "it is in use");
    assert_eq!(node.active(always).await, None);
    let told = node.reasons(made[1].0).await;
    assert_eq!(told.last().unwrap().1, json!("memory_pressure"));
    worker.stop().await;
}

#[tokio::test]
async fn starts_that_come_at_once_are_not_all_given_the_same_memory() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let mut sandboxes = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let (_, sandbox) = node.running_app(name).await;
        node.stop(sandbox).await;
        sandboxes.push(sandbox);
    }
    node.clock.advance(HOUR);
    node.capacity.free_memory.store(HEADROOM + 2 * START, Ordering::SeqCst);
    let mut starts = Vec::new();
    for sandbox in &sandboxes {
        starts.push(node.ask_start(*sandbox).await);
    }
    let outcomes = node
        .until("all were looked at", || async {
            let (mut done, mut refused) = (0, 0);
            for start in &starts {
                let row = node.operation(*start).await;
                match row.status {
                    OperationStatus::Succeeded => done += 1,
                    OperationStatus::Queued if row.attempt > 0 => refused += 1,
                    _ => {}
                }
            }
            (done + refused == 4).then_some((done, refused))
        })
        .await;
    assert_eq!(outcomes, (2, 2));
    // What was promised shows in what is free after a while.
    node.clock.advance(Duration::from_secs(60));
    for start in starts {
        node.succeed(start).await;
    }
    worker.stop().await;
}

#[tokio::test]
async fn a_fork_needs_memory_for_each_child() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::Fork.prepare(&node).await;
    let snapshot = ground.snapshot.unwrap();
    node.clock.advance(HOUR);
    node.capacity.free_memory.store(HEADROOM + 3 * START - 1, Ordering::SeqCst);
    let id = node.ask_fork(ground.app, snapshot, 3).await;
    let ended = node.end(id).await;
    assert_eq!(ended.error.unwrap().code, ErrorCode::Capacity);
    node.clock.advance(HOUR);
    node.capacity.free_memory.store(HEADROOM + 3 * START, Ordering::SeqCst);
    node.fork(ground.app, snapshot, 3).await;
    worker.stop().await;
}

#[tokio::test]
async fn what_crashed_tells_that_it_is_back() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let (app, sandbox) = node.running_app("shop").await;
    node.engine.kill(&container_name(sandbox).unwrap(), 3);
    node.until("the death is seen", || async {
        (node.status(sandbox).await.0 == SandboxStatus::Stopped).then_some(())
    })
    .await;
    node.start(sandbox).await;
    let recovered = node.app_events(app).await.pop().unwrap();
    assert_eq!(recovered.kind, "sandbox.recovered");
    assert_eq!(recovered.payload, json!({ "exit_code": 3, "oom": false }));
    assert_eq!(node.status(sandbox).await.1, None);
    node.stop(sandbox).await;
    node.start(sandbox).await;
    assert_eq!(node.app_events(app).await.pop().unwrap().kind, "sandbox.started");
    worker.stop().await;
}
