//! Operations that can't succeed: refused, undone, nothing left behind, and the workspace whole.

use std::sync::atomic::Ordering;

use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{
    ErrorBody, ErrorCode, GenerationRow, GenerationState, OperationStatus, SandboxStatus,
    SnapshotStatus, Undo,
};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::{self, Found};
use sandboxd_shared::store::claim::{self, Claim, Ending};
use sandboxd_shared::store::generations;
use sandboxd_worker::runtime::fake::Call;
use sandboxd_worker::runtime::{Phase, RuntimeError};

use crate::files::files;
use crate::node::{MEMORY, NODE, TestNode};
use crate::trial::Trial;

impl TestNode {
    /// The next calls of this kind fail.
    pub(crate) fn refuse(&self, call: Call, times: usize) {
        for _ in 0..times {
            self.engine.fail_next(call, || RuntimeError::Engine {
                operation: "a call".to_owned(),
                status: 500,
                message: "no".to_owned(),
            });
        }
    }

    /// An engine that answers nothing, for all calls of an operation.
    async fn fail(&self, trial: Trial, ground: &crate::trial::Ground) -> ErrorCode {
        let id = trial.ask(self, ground).await;
        let done = self.end(id).await;
        assert_eq!(done.status, OperationStatus::Failed, "{done:#?}");
        let error = done.error.unwrap();
        let timeline = self.timeline(id).await;
        if trial != Trial::Compact {
            let retried = timeline.iter().filter(|kind| *kind == "operation.retried").count();
            assert_eq!(i64::try_from(retried).unwrap(), done.attempt - 1);
            assert!(timeline.last().unwrap().ends_with(".failed"), "{timeline:?}");
        }
        self.assert_consistent().await;
        error.code
    }

    /// The sandbox runs in the container that it ran in before.
    async fn assert_untouched(&self, sandbox: SandboxId, container: &str, text: &str) {
        self.assert_running(sandbox).await;
        assert_eq!(self.container(sandbox).unwrap().id, container);
        assert_eq!(self.files(sandbox).await, files([("a", text)]));
    }
}

#[tokio::test]
async fn a_sandbox_that_cannot_be_made_can_be_replaced() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::Create.prepare(&node).await;
    node.engine.set_memory(0);
    assert_eq!(node.fail(Trial::Create, &ground).await, ErrorCode::Internal);
    let id = node.find_app(ground.app).await.unwrap().current_sandbox_id.unwrap();
    let row = node.sandbox(id).await.unwrap();
    assert_eq!(row.status, SandboxStatus::Error);
    assert!(row.status_reason.is_some() && row.active_operation_id.is_none());
    assert!(node.container(id).is_none() && node.volumes().await.is_empty());
    assert!(node.try_start(id).await.is_err());

    // A deletion of it that is taken back leaves it as it was.
    let asked = node.ask_delete(id).await;
    if node.cancel(asked).await.is_ok() {
        let ended = node.end(asked).await;
        if ended.status == OperationStatus::Cancelled {
            assert_eq!(node.sandbox(id).await.unwrap().status, SandboxStatus::Error);
        }
    }
    node.end(asked).await;
    node.engine.set_memory(u64::MAX);
    let sandbox = node.create(ground.app).await;
    node.assert_running(sandbox).await;
    node.delete_everything().await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

#[tokio::test]
async fn a_start_that_is_refused_leaves_the_workspace() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::Start.prepare(&node).await;
    let sandbox = ground.sandbox.unwrap();
    node.engine.set_memory(0);
    node.fail(Trial::Start, &ground).await;
    let row = node.sandbox(sandbox).await.unwrap();
    assert_eq!(row.status, SandboxStatus::Stopped);
    assert!(row.status_reason.is_some() && row.address.is_none());
    assert!(node.container(sandbox).is_none() && node.volumes().await.is_empty());
    node.engine.set_memory(u64::MAX);
    node.start(sandbox).await;
    assert_eq!(node.files(sandbox).await, files([("a", "new")]));
    worker.stop().await;
}

#[tokio::test]
async fn what_cannot_be_stopped_goes_on() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    for trial in [Trial::Stop, Trial::Delete, Trial::DeleteApp] {
        let ground = trial.prepare(&node).await;
        let sandbox = ground.sandbox.unwrap();
        let container = node.container(sandbox).unwrap().id;
        node.refuse(Call::StopContainer, 5);
        node.fail(trial, &ground).await;
        node.assert_untouched(sandbox, &container, "new").await;
        assert_eq!(node.find_app(ground.app).await.unwrap().active_operation_id, None);
        let id = trial.ask(&node, &ground).await;
        let done = node.succeed(id).await;
        trial.check(&node, &ground, &done).await;
    }
}

#[tokio::test]
async fn a_live_capture_that_fails_leaves_nobody_frozen() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    for call in [Call::PauseContainer, Call::UnpauseContainer] {
        let ground = Trial::CaptureLive.prepare(&node).await;
        let sandbox = ground.sandbox.unwrap();
        let container = node.container(sandbox).unwrap().id;
        node.refuse(call, 3);
        node.fail(Trial::CaptureLive, &ground).await;
        node.assert_untouched(sandbox, &container, "new").await;
        let failed = "SELECT count(*) FROM snapshots WHERE status = 'failed'";
        assert_eq!(node.count(failed).await, 1);
        node.delete_everything().await;
    }
    worker.stop().await;
    node.assert_nothing_left().await;
}

#[tokio::test]
async fn an_engine_that_is_away_stops_nobody() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::CaptureLive.prepare(&node).await;
    let sandbox = ground.sandbox.unwrap();
    let container = node.container(sandbox).unwrap().id;
    node.engine.set_down(true);
    assert_eq!(node.fail(Trial::CaptureLive, &ground).await, ErrorCode::Capacity);
    node.engine.set_down(false);
    worker.stop().await;
    node.reconcile().await;
    node.assert_untouched(sandbox, &container, "new").await;
}

#[tokio::test]
async fn a_restore_without_room_touches_nothing() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::RestoreRunning.prepare(&node).await;
    let sandbox = ground.sandbox.unwrap();
    let container = node.container(sandbox).unwrap().id;
    node.capacity.no_memory.store(true, Ordering::SeqCst);
    assert_eq!(node.fail(Trial::RestoreRunning, &ground).await, ErrorCode::Capacity);
    node.assert_untouched(sandbox, &container, "new").await;
    let stops = node.engine.calls().into_iter().filter(|(call, _)| *call == Call::StopContainer);
    assert_eq!(stops.count(), 0);
    assert_eq!(node.count("SELECT count(*) FROM snapshots").await, 1, "no safety snapshot");

    node.capacity.no_memory.store(false, Ordering::SeqCst);
    node.capacity.no_disk.store(true, Ordering::SeqCst);
    assert_eq!(node.fail(Trial::CaptureLive, &ground).await, ErrorCode::Capacity);
    node.capacity.no_disk.store(false, Ordering::SeqCst);
    node.delete_everything().await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

#[tokio::test]
async fn a_restore_that_fails_before_the_switch_runs_the_old_workspace() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::RestoreRunning.prepare(&node).await;
    let sandbox = ground.sandbox.unwrap();
    node.refuse(Call::RemoveContainer, 3);
    node.fail(Trial::RestoreRunning, &ground).await;
    node.assert_running(sandbox).await;
    assert_eq!(node.files(sandbox).await, files([("a", "new")]));
    assert_eq!(node.count("SELECT count(*) FROM snapshots").await, 1, "no safety snapshot");
    node.delete_everything().await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

#[tokio::test]
async fn a_restore_that_cannot_start_has_one_whole_workspace_and_the_other_as_a_snapshot() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let ground = Trial::RestoreRunning.prepare(&node).await;
    let sandbox = ground.sandbox.unwrap();
    node.engine.set_memory(0);
    node.fail(Trial::RestoreRunning, &ground).await;
    assert_eq!(node.sandbox(sandbox).await.unwrap().status, SandboxStatus::Stopped);
    assert_eq!(node.files(sandbox).await, files([("a", "old")]));
    node.engine.set_memory(u64::MAX);
    node.start(sandbox).await;
    let mut conn = node.store.read().await.unwrap();
    let safety = sqlx::query_scalar("SELECT id FROM snapshots WHERE kind = 'safety'")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    drop(conn);
    assert_eq!(node.snapshot(safety).await.unwrap().status, SnapshotStatus::Ready);
    assert_eq!(node.snapshot_files(safety).await, files([("a", "new")]));
}

#[tokio::test]
async fn a_restore_whose_undoing_was_broken_off_leaves_nothing_to_the_next_one() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::RestoreRunning.prepare(&node).await;
    let sandbox = ground.sandbox.unwrap();
    worker.stop().await;
    let id = Trial::RestoreRunning.ask(&node, &ground).await;
    let now = node.clock.now();
    let mut tx = node.store.write().await.unwrap();
    let operation = claim::claim(&mut tx, id, "w", now, now).await.unwrap().unwrap();
    // What its attempt has made, and nobody has given up; of another snapshot, to be told apart.
    let left = GenerationRow {
        sandbox_id: sandbox,
        number: generations::next_number(&mut tx, sandbox).await.unwrap(),
        node: NODE.to_owned(),
        base_layer_id: None,
        state: GenerationState::Prepared,
        mounted: false,
        created_at: now,
    };
    generations::insert(&mut tx, &left).await.unwrap();
    let (status, error) = (OperationStatus::Failed, ErrorBody::new(ErrorCode::Internal, "no"));
    let ending = Ending { status, result: None, error: Some(&error) };
    let holder = Claim { operation: id, token: operation.token };
    assert!(claim::finish(&mut tx, holder, &ending, &[], now).await.unwrap());
    let undo = Undo { status, error: Some(error) };
    jobs::fail(&mut tx, &operation, &undo, &Found::AsRecorded, now).await.unwrap();
    assert_eq!(generations::prepared(&mut tx, sandbox).await.unwrap(), None);
    // Of a version that gave up nothing here.
    let number = generations::next_number(&mut tx, sandbox).await.unwrap();
    generations::insert(&mut tx, &GenerationRow { number, ..left }).await.unwrap();
    tx.commit().await.unwrap();

    let _worker = node.worker().await;
    let again = Trial::RestoreRunning.ask(&node, &ground).await;
    node.succeed(again).await;
    assert_eq!(node.files(sandbox).await, files([("a", "old")]));
}

#[tokio::test]
async fn a_fork_that_fails_leaves_nothing_of_any_child() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::Fork.prepare(&node).await;
    let sandbox = ground.sandbox.unwrap();
    let container = node.container(sandbox).unwrap().id;
    // Room for one child of three.
    node.engine.set_memory(2 * MEMORY);
    node.fail(Trial::Fork, &ground).await;
    node.assert_untouched(sandbox, &container, "new").await;
    assert_eq!(node.count("SELECT count(*) FROM apps").await, 1);
    assert_eq!(node.count("SELECT count(*) FROM sandboxes").await, 1);
    assert_eq!(node.volumes().await.len(), 1);
    node.delete_everything().await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

#[tokio::test]
async fn a_merge_that_fails_can_be_asked_for_again() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::Compact.prepare(&node).await;
    node.capacity.no_disk.store(true, Ordering::SeqCst);
    node.fail(Trial::Compact, &ground).await;
    node.capacity.no_disk.store(false, Ordering::SeqCst);
    let id = Trial::Compact.ask(&node, &ground).await;
    let done = node.succeed(id).await;
    Trial::Compact.check(&node, &ground, &done).await;
    node.delete_everything().await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

#[tokio::test]
async fn a_sandbox_that_dies_while_it_is_captured_is_told_of() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let ground = Trial::CaptureLive.prepare(&node).await;
    let sandbox = ground.sandbox.unwrap();
    node.engine.delay_next(Call::PauseContainer, std::time::Duration::from_millis(300));
    let (id, _) = node.ask_capture(sandbox).await;
    node.until("it is about to be frozen", || async {
        node.engine.calls().iter().any(|(call, _)| *call == Call::PauseContainer).then_some(())
    })
    .await;
    node.engine.kill(&node.container(sandbox).unwrap().name, 3);
    assert_eq!(node.container(sandbox).unwrap().phase, Phase::Exited { code: 3, oom: false });
    // Nobody may dial an address that another container can get.
    node.until("its address is gone", || async {
        node.sandbox(sandbox).await.unwrap().address.is_none().then_some(())
    })
    .await;
    let done = node.end(id).await;
    assert_eq!(done.status, OperationStatus::Failed);
    node.until("its end is told", || async {
        let events = node.app_events(ground.app).await;
        let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
        let told = ["sandbox.crashed", "sandbox.stopped"];
        kinds.windows(2).any(|pair| pair == told).then_some(())
    })
    .await;
    assert_eq!(node.sandbox(sandbox).await.unwrap().status, SandboxStatus::Stopped);
    assert_eq!(node.files(sandbox).await, files([("a", "new")]));
}
