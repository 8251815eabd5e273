//! What nobody uses is stopped, what others need memory for too, and what is always on comes back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sandboxd_shared::clock::{Clock, Timestamp};
use sandboxd_shared::domain::{ErrorCode, IdlePolicy, OperationStatus, Quota, SandboxStatus};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId};
use sandboxd_shared::store::quotas;
use sandboxd_shared::store::restarts::{self, Restarts};
use sandboxd_shared::store::sandboxes::{self, Change};
use sandboxd_worker::idle::{IdleSettings, Upkeep};
use sandboxd_worker::sandbox::container_name;
use serde_json::{Value, json};

use crate::fakes::HEADROOM;
use crate::node::{NODE, OWNER, TestNode};
use crate::trial::Trial;

const MIB: u64 = 1 << 20;
/// What a start is promised.
const START: u64 = 64 * MIB;
const HOUR: Duration = Duration::from_secs(3_600);

impl TestNode {
    /// One look of an upkeep of the test's own.
    async fn upkeep(&self, idle_after: Duration, pressure_below: u64) {
        let upkeep = Upkeep {
            store: self.store.clone(),
            node: NODE.to_owned(),
            capacity: Arc::clone(&self.capacity) as _,
            settings: IdleSettings { idle_after, pressure_below },
        };
        upkeep.once().await.unwrap();
    }

    async fn running_app(&self, name: &str) -> (AppId, SandboxId) {
        let app = self.app(name).await;
        (app, self.create(app).await)
    }

    async fn change(&self, sandbox: SandboxId, policy: IdlePolicy, idle_after_ms: Option<i64>) {
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

    async fn active(&self, sandbox: SandboxId) -> Option<OperationId> {
        self.sandbox(sandbox).await.unwrap().active_operation_id
    }

    /// Types with their reasons.
    async fn reasons(&self, app: AppId) -> Vec<(String, Value)> {
        let events = self.app_events(app).await.into_iter();
        events.map(|event| (event.kind, event.payload["reason"].clone())).collect()
    }

    async fn status(&self, sandbox: SandboxId) -> (SandboxStatus, Option<String>) {
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

#[tokio::test]
async fn what_is_always_on_comes_back_until_it_keeps_ending() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let (app, sandbox) = node.running_app("shop").await;
    node.change(sandbox, IdlePolicy::AlwaysOn, None).await;
    let name = container_name(sandbox).unwrap();
    let is_down =
        || async { (node.status(sandbox).await.0 == SandboxStatus::Stopped).then_some(()) };
    for (starts, wait) in [0, 2, 10, 30, 60].into_iter().enumerate() {
        node.engine.kill(&name, 1);
        // The shortest waits may be over by the time this looks.
        if wait >= 10 {
            node.until("it is down", is_down).await;
            node.upkeep(Duration::ZERO, 0).await;
            assert_eq!(node.active(sandbox).await, None, "not before {wait} s");
            node.clock.advance(Duration::from_secs(wait));
        }
        node.until("it runs again", || async {
            let told = node.reasons(app).await;
            let started = told.iter().filter(|(kind, _)| kind == "sandbox.started").count();
            (started == starts + 1 && node.active(sandbox).await.is_none()).then_some(())
        })
        .await;
    }
    node.engine.kill(&name, 1);
    node.until("it is down", is_down).await;
    node.clock.advance(Duration::from_secs(120));
    node.until("it is given up", || async {
        node.status(sandbox).await.1.filter(|reason| reason.contains("5 times")).map(|_| ())
    })
    .await;
    let told = node.reasons(app).await;
    assert_eq!(told.last().unwrap().0, "sandbox.start.failed");
    let starts = told.iter().filter(|(kind, _)| kind == "sandbox.started").collect::<Vec<_>>();
    assert_eq!(starts.len(), 5);
    assert!(starts.iter().all(|(_, reason)| reason == "always_on"));
    node.upkeep(Duration::ZERO, 0).await;
    assert_eq!(node.active(sandbox).await, None);

    // Who starts it by hand starts anew; who stops it by hand keeps it stopped.
    node.start(sandbox).await;
    node.stop(sandbox).await;
    node.clock.advance(HOUR);
    node.upkeep(Duration::ZERO, 0).await;
    assert_eq!(node.status(sandbox).await, (SandboxStatus::Stopped, None));
    worker.stop().await;
}

/// It may be started in a minute.
fn waiting(now: Timestamp) -> Restarts {
    Restarts { attempts: 0, since: now, not_before: now.plus(Duration::from_secs(60)) }
}

#[tokio::test]
async fn what_is_always_on_waits_for_its_tenants_quota() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let (app, sandbox) = node.running_app("shop").await;
    node.change(sandbox, IdlePolicy::AlwaysOn, None).await;
    let mut tx = node.store.write().await.unwrap();
    quotas::set(&mut tx, OWNER, Quota::Running, Some(1)).await.unwrap();
    tx.commit().await.unwrap();
    // The upkeep of the worker is held up until another has the place.
    let mut tx = node.store.write().await.unwrap();
    restarts::set(&mut tx, sandbox, waiting(node.clock.now())).await.unwrap();
    tx.commit().await.unwrap();
    node.engine.kill(&container_name(sandbox).unwrap(), 1);
    node.until("it is down", || async {
        (node.status(sandbox).await.0 == SandboxStatus::Stopped).then_some(())
    })
    .await;
    let (_, other) = node.running_app("other").await;
    node.clock.advance(Duration::from_secs(60));
    node.until("it is refused", || async {
        let (status, reason) = node.status(sandbox).await;
        assert_eq!(status, SandboxStatus::Stopped, "it isn't taken either");
        reason.filter(|reason| reason.contains("yet: the quota running of 1")).map(|_| ())
    })
    .await;
    let before = node.sandbox(sandbox).await.unwrap();
    for _ in 0..8 {
        node.clock.advance(Duration::from_secs(30));
        node.upkeep(Duration::ZERO, 0).await;
        let counted = restarts::get(&mut node.store.read().await.unwrap(), sandbox).await.unwrap();
        let counted = counted.unwrap();
        assert_eq!(counted.attempts, 0, "a refusal is no crash");
        assert!(counted.not_before > node.clock.now().plus(Duration::from_secs(20)));
    }
    assert_eq!(node.sandbox(sandbox).await.unwrap(), before, "said once");
    node.stop(other).await;
    node.clock.advance(Duration::from_secs(30));
    node.until("it runs again", || async {
        let row = node.sandbox(sandbox).await.unwrap();
        (row.status == SandboxStatus::Running && row.status_reason.is_none()).then_some(())
    })
    .await;
    assert_eq!(node.app_events(app).await.pop().unwrap().kind, "sandbox.recovered");
    worker.stop().await;
}

#[tokio::test]
async fn after_the_engine_came_back_only_what_is_always_on_is_started() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let (_, always) = node.running_app("always").await;
    let (_, sleeps) = node.running_app("sleeps").await;
    node.change(always, IdlePolicy::AlwaysOn, None).await;
    worker.stop().await;
    for sandbox in [always, sleeps] {
        node.engine.kill(&container_name(sandbox).unwrap(), 137);
    }
    let worker = node.worker().await;
    node.until("it is back", || async {
        let row = node.sandbox(always).await.unwrap();
        let back = row.status == SandboxStatus::Running && row.active_operation_id.is_none();
        (back && node.container(always).is_some_and(|found| found.phase.is_live())).then_some(())
    })
    .await;
    node.until("the other is seen", || async {
        (node.status(sleeps).await.0 == SandboxStatus::Stopped).then_some(())
    })
    .await;
    node.upkeep(Duration::ZERO, 0).await;
    assert_eq!(node.active(sleeps).await, None);
    worker.stop().await;
}
