//! Several workers: each operation once, and another goes on where one died, hung or was stopped.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{ErrorCode, OperationStatus, SandboxStatus};
use sandboxd_shared::ids::OperationId;
use sandboxd_shared::store::claim::{self, Claim, Ending, Renewal};
use sandboxd_worker::runtime::RuntimeError;
use sandboxd_worker::runtime::fake::Call;

use crate::files::files;
use crate::node::TestNode;
use crate::trial::Trial;

const LONG: Duration = Duration::from_secs(60);
const SHORT_LEASE: Duration = Duration::from_secs(1);
const DRAIN: Duration = Duration::from_millis(200);
/// The reaper's second, and what a loaded machine adds.
const NOTICE: Duration = Duration::from_millis(2_500);

impl TestNode {
    pub(crate) fn calls(&self, call: Call) -> usize {
        self.engine.calls().iter().filter(|(made, _)| *made == call).count()
    }

    /// Waits for as many calls of this kind in all.
    pub(crate) async fn reach_call(&self, call: Call, times: usize) {
        let what = format!("{call:?} is called");
        self.until(&what, || async { (self.calls(call) >= times).then_some(()) }).await;
    }

    async fn rescued(&self, id: OperationId) -> usize {
        let timeline = self.timeline(id).await;
        timeline.iter().filter(|kind| *kind == "operation.rescued").count()
    }
}

#[tokio::test]
async fn fifty_operations_run_once_each() {
    let node = TestNode::new().await;
    let workers = [node.worker().await, node.worker().await, node.worker().await];
    let mut asked = Vec::new();
    for number in 0..50 {
        let app = node.app(&number.to_string()).await;
        asked.push(node.ask_create(app, None).await);
    }
    let mut by = BTreeSet::new();
    for id in asked {
        let done = node.end_by_itself(id).await;
        assert_eq!((done.status, done.attempt), (OperationStatus::Succeeded, 1));
        assert_eq!(node.timeline(id).await, Trial::Create.timeline());
        by.insert(done.worker.unwrap());
    }
    assert!(by.len() >= 2, "the work is shared");
    for call in [Call::CreateVolume, Call::CreateContainer, Call::StartContainer] {
        assert_eq!(node.calls(call), 50, "{call:?}");
    }
    for worker in workers {
        worker.stop().await;
    }
}

#[tokio::test]
async fn one_at_a_time_for_a_lock_key_and_the_older_first() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let sandbox = Trial::Start.prepare(&node).await.sandbox.unwrap();
    worker.stop().await;
    let first = node.ask_start(sandbox).await;
    // No client can bring this about: a second one is refused or joined.
    let mut tx = node.store.write().await.unwrap();
    sqlx::query("UPDATE sandboxes SET active_operation_id = NULL, status = 'stopped'")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let second = node.ask_start(sandbox).await;
    let take = |id| {
        let node = &node;
        async move {
            let now = node.clock.now();
            let mut tx = node.store.write().await.unwrap();
            let found = claim::claim(&mut tx, id, "w", now, now.plus(LONG)).await.unwrap();
            tx.commit().await.unwrap();
            found
        }
    };
    assert!(take(second).await.is_none(), "an older one waits");
    let running = take(first).await.unwrap();
    assert!(take(second).await.is_none(), "an older one runs");
    assert!(take(first).await.is_none(), "it is taken");
    assert_eq!(node.operation(second).await.attempt, 0, "a refused claim is no attempt");
    let pokes = "SELECT count(*) FROM Jobs";
    let before = node.count(pokes).await;
    let mut tx = node.store.write().await.unwrap();
    let done = Ending { status: OperationStatus::Succeeded, result: None, error: None };
    let holder = Claim { operation: first, token: running.token };
    assert!(claim::finish(&mut tx, holder, &done, &[], node.clock.now()).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(node.count(pokes).await, before + 1, "the next one is poked");
    assert!(take(second).await.is_some());
}

#[tokio::test]
async fn a_stale_token_writes_nothing() {
    let node = TestNode::new().await;
    let app = node.app("one").await;
    let id = node.ask_create(app, None).await;
    let now = node.clock.now();
    let mut tx = node.store.write().await.unwrap();
    let first = claim::claim(&mut tx, id, "w1", now, now).await.unwrap().unwrap();
    assert!(claim::requeue(&mut tx, &first, now, true, now).await.unwrap());
    let stale = Claim { operation: id, token: first.token };
    let done = Ending { status: OperationStatus::Succeeded, result: None, error: None };
    // Before anybody has taken it again, and after.
    for taken in [false, true] {
        if taken {
            claim::claim(&mut tx, id, "w2", now, now).await.unwrap().unwrap();
        }
        assert_eq!(claim::renew(&mut tx, stale, now).await.unwrap(), Renewal::Lost);
        assert!(!claim::set_progress(&mut tx, stale, None, &[]).await.unwrap());
        assert!(!claim::finish(&mut tx, stale, &done, &[], now).await.unwrap());
        assert!(!claim::requeue(&mut tx, &first, now, true, now).await.unwrap());
    }
    tx.commit().await.unwrap();
    let row = node.operation(id).await;
    assert_eq!((row.status, row.attempt), (OperationStatus::Running, 2));
}

#[tokio::test]
async fn a_worker_that_vanishes_is_relieved_when_its_lease_ends() {
    let node = TestNode::new().await;
    let first = node.worker_with(SHORT_LEASE, DRAIN).await;
    let ground = Trial::Create.prepare(&node).await;
    node.engine.delay_next(Call::StartContainer, LONG);
    let id = Trial::Create.ask(&node, &ground).await;
    node.reach_call(Call::StartContainer, 1).await;
    let second = node.worker_with(SHORT_LEASE, DRAIN).await;
    first.vanish().await;
    let since = Instant::now();
    let done = node.end_by_itself(id).await;
    assert!(since.elapsed() < SHORT_LEASE + NOTICE, "{:?}", since.elapsed());
    assert_eq!((done.attempt, done.worker.as_ref()), (2, Some(&second.name)));
    let wanted = ["sandbox.create.started", "operation.rescued", "sandbox.created"];
    assert_eq!(node.timeline(id).await, wanted);
    Trial::Create.check(&node, &ground, &done).await;
}

#[tokio::test]
async fn a_worker_that_is_killed_is_relieved_at_once() {
    let node = TestNode::new().await;
    let first = node.worker().await;
    let ground = Trial::RestoreRunning.prepare(&node).await;
    node.engine.delay_next(Call::RemoveContainer, LONG);
    let id = Trial::RestoreRunning.ask(&node, &ground).await;
    node.reach_call(Call::RemoveContainer, 1).await;
    let _second = node.worker().await;
    first.kill().await;
    let since = Instant::now();
    let done = node.end_by_itself(id).await;
    assert!(since.elapsed() < NOTICE, "{:?}", since.elapsed());
    assert_eq!((done.status, done.attempt), (OperationStatus::Succeeded, 2));
    assert_eq!(node.rescued(id).await, 1);
    Trial::RestoreRunning.check(&node, &ground, &done).await;
}

#[tokio::test]
async fn a_worker_that_is_stopped_keeps_its_lock_and_loses_its_claim() {
    let node = TestNode::new().await;
    let first = node.worker().await;
    let ground = Trial::Stop.prepare(&node).await;
    node.engine.delay_next(Call::StopContainer, Duration::from_secs(1));
    let id = Trial::Stop.ask(&node, &ground).await;
    node.reach_call(Call::StopContainer, 1).await;
    let frozen = first.freeze().await;
    let _second = node.worker().await;
    node.execute("UPDATE operations SET lease_until = 0 WHERE status = 'running'").await;
    node.until("it is rescued", || async { (node.rescued(id).await > 0).then_some(()) }).await;
    node.until("the other has tried", || async {
        let row = node.operation(id).await;
        (row.status == OperationStatus::Queued && row.token > 1).then_some(())
    })
    .await;
    // The kernel keeps the lock of a stopped process: nobody works beside it.
    assert_eq!(node.calls(Call::StopContainer), 1);
    assert_eq!(node.calls(Call::RemoveContainer), 0);
    drop(frozen);
    let done = node.end_by_itself(id).await;
    assert_eq!((done.status, done.attempt), (OperationStatus::Succeeded, 2));
    Trial::Stop.check(&node, &ground, &done).await;
    let stopped = node.timeline(id).await.iter().filter(|kind| *kind == "sandbox.stopped").count();
    assert_eq!(stopped, 1);
}

#[tokio::test]
async fn after_too_many_workers_have_died_it_is_undone() {
    let node = TestNode::new().await;
    let ground = Trial::Create.prepare(&node).await;
    let id = Trial::Create.ask(&node, &ground).await;
    for attempt in 1..=3 {
        node.engine.delay_next(Call::StartContainer, LONG);
        let worker = node.worker().await;
        node.reach_call(Call::StartContainer, attempt).await;
        worker.kill().await;
        node.reap().await;
    }
    let _worker = node.worker().await;
    let done = node.end_by_itself(id).await;
    assert_eq!((done.status, done.attempt), (OperationStatus::Failed, 3));
    assert_eq!(done.error.unwrap().code, ErrorCode::Internal);
    assert_eq!(node.rescued(id).await, 3);
    assert_eq!(node.timeline(id).await.last().unwrap(), "sandbox.create.failed");
    let row = node.sandbox(done.sandbox_id.unwrap()).await.unwrap();
    assert_eq!(row.status, SandboxStatus::Error);
    assert!(node.volumes().await.is_empty());
}

#[tokio::test]
async fn undoing_goes_on_as_undoing() {
    let node = TestNode::new().await;
    let ground = Trial::Create.prepare(&node).await;
    let id = Trial::Create.ask(&node, &ground).await;
    let no_image = || RuntimeError::NoImage { image: "x".to_owned() };
    node.engine.fail_next(Call::CreateContainer, no_image);
    node.engine.delay_next(Call::StopContainer, LONG);
    let first = node.worker().await;
    node.reach_call(Call::StopContainer, 1).await;
    first.kill().await;
    let _second = node.worker().await;
    let done = node.end_by_itself(id).await;
    assert_eq!((done.status, done.attempt), (OperationStatus::Failed, 1));
    assert!(done.error.unwrap().message.contains("image"));
    assert_eq!(node.calls(Call::CreateContainer), 1, "it is not tried again");
    assert!(node.volumes().await.is_empty());
}

#[tokio::test]
async fn a_drain_hands_back_without_spending_an_attempt() {
    let node = TestNode::new().await;
    node.init.seeded.store(false, Ordering::SeqCst);
    let mut first = node.worker_with(LONG, DRAIN).await;
    let ground = Trial::Create.prepare(&node).await;
    let id = Trial::Create.ask(&node, &ground).await;
    node.until("it waits", || async { (node.init.asked.load(Ordering::SeqCst) > 0).then_some(()) })
        .await;
    first.begin_stop();
    first.wait().await;
    let row = node.operation(id).await;
    assert_eq!((row.status, row.attempt), (OperationStatus::Queued, 0));
    node.init.seeded.store(true, Ordering::SeqCst);
    let second = node.worker().await;
    let done = node.end_by_itself(id).await;
    assert_eq!((done.attempt, done.worker.as_ref()), (1, Some(&second.name)));
    assert_eq!(node.timeline(id).await, Trial::Create.timeline());
    assert_eq!(node.calls(Call::StartContainer), 2, "the second looked and found it running");
    Trial::Create.check(&node, &ground, &done).await;
    assert_eq!(node.files(done.sandbox_id.unwrap()).await, files([]));
}

#[tokio::test]
async fn a_drain_lets_short_work_finish_and_thaws_what_it_hands_back() {
    let node = TestNode::new().await;
    // Long enough for a disk that others keep busy: a live capture syncs the file system.
    let mut first = node.worker_with(LONG, Duration::from_secs(60)).await;
    let ground = Trial::CaptureLive.prepare(&node).await;
    node.engine.delay_next(Call::PauseContainer, DRAIN);
    let id = Trial::CaptureLive.ask(&node, &ground).await;
    node.reach_call(Call::PauseContainer, 2).await;
    first.begin_stop();
    first.wait().await;
    assert_eq!(node.operation(id).await.status, OperationStatus::Succeeded);

    let mut second = node.worker_with(LONG, DRAIN).await;
    node.engine.delay_next(Call::UnpauseContainer, LONG);
    let id = Trial::CaptureLive.ask(&node, &ground).await;
    node.reach_call(Call::UnpauseContainer, 3).await;
    second.begin_stop();
    second.wait().await;
    assert_eq!(node.operation(id).await.status, OperationStatus::Queued);
    node.assert_running_container(ground.sandbox.unwrap());
}

#[tokio::test]
async fn a_drain_does_not_wait_for_undoing() {
    let node = TestNode::new().await;
    let mut first = node.worker_with(LONG, DRAIN).await;
    let ground = Trial::Create.prepare(&node).await;
    let no_image = || RuntimeError::NoImage { image: "x".to_owned() };
    node.engine.fail_next(Call::CreateContainer, no_image);
    node.engine.delay_next(Call::StopContainer, LONG);
    let id = Trial::Create.ask(&node, &ground).await;
    node.reach_call(Call::StopContainer, 1).await;
    let since = Instant::now();
    first.begin_stop();
    first.wait().await;
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    let row = node.operation(id).await;
    assert_eq!((row.status, row.attempt), (OperationStatus::Queued, 1));
    let _second = node.worker().await;
    let done = node.end_by_itself(id).await;
    assert_eq!((done.status, done.attempt), (OperationStatus::Failed, 1));
}
