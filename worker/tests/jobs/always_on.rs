//! What is always on comes back by itself, within its tenant's quotas, until it keeps ending.

use std::time::Duration;

use sandboxd_shared::clock::{Clock, Timestamp};
use sandboxd_shared::domain::{IdlePolicy, Quota, SandboxStatus};
use sandboxd_shared::store::quotas;
use sandboxd_shared::store::restarts::{self, Restarts};
use sandboxd_worker::sandbox::container_name;

use crate::node::{OWNER, TestNode};

const HOUR: Duration = Duration::from_secs(3_600);

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
