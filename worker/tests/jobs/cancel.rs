//! Cancelling: at once what nobody has begun, within a second what runs, and never by halves.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sandboxd_shared::domain::{Operation, OperationStatus, SandboxStatus, SnapshotStatus};
use sandboxd_shared::ids::OperationId;
use sandboxd_worker::failpoint::{Action, arm};
use sandboxd_worker::runtime::fake::Call;

use crate::files::files;
use crate::node::TestNode;
use crate::trial::{Ground, Trial};

/// How long a step that a cancel meets is held up.
const HOLD: Duration = Duration::from_millis(300);
const SEEN: Duration = Duration::from_secs(1);

/// The sandbox is as if nobody had asked for anything.
async fn assert_as_before(node: &TestNode, trial: Trial, ground: &Ground, ended: &Operation) {
    assert_eq!(ended.status, OperationStatus::Cancelled, "{trial:?} {ended:#?}");
    assert_eq!(node.timeline(ended.id).await.last().unwrap(), "operation.cancelled");
    node.assert_consistent().await;
    match (trial, ground.sandbox) {
        (Trial::Create | Trial::RestoreNew, _) => {
            let id = ended.sandbox_id.unwrap();
            assert_eq!(node.sandbox(id).await.unwrap().status, SandboxStatus::Error);
            assert!(node.container(id).is_none());
            assert_eq!(node.volumes_of(id).await, Vec::<String>::new());
        }
        (Trial::Start | Trial::RestoreStopped, Some(id)) => {
            node.assert_down(id).await;
            assert_eq!(node.files(id).await, files([("a", "new")]));
        }
        (_, Some(id)) => {
            node.assert_running(id).await;
            assert_eq!(node.files(id).await, files([("a", "new")]));
        }
        (_, None) => unreachable!(),
    }
    if trial == Trial::CaptureLive {
        let row = node.snapshot(ended.snapshot_id.unwrap()).await.unwrap();
        assert_eq!(row.status, SnapshotStatus::Failed);
    }
    let apps = "SELECT count(*) FROM apps WHERE forked_from_app_id IS NOT NULL";
    assert_eq!(node.count(apps).await, 0, "no child is left");
    let app = node.find_app(ground.app).await.unwrap();
    assert_eq!(app.active_operation_id, None);
}

#[tokio::test]
async fn what_nobody_has_begun_ends_at_once() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let trials = [
        Trial::Create,
        Trial::Start,
        Trial::Stop,
        Trial::Delete,
        Trial::DeleteApp,
        Trial::CaptureLive,
        Trial::RestoreRunning,
        Trial::RestoreStopped,
        Trial::RestoreNew,
        Trial::Fork,
    ];
    let mut grounds = Vec::new();
    for trial in trials {
        grounds.push((trial, trial.prepare(&node).await));
    }
    worker.stop().await;
    for (trial, ground) in &grounds {
        let id = trial.ask(&node, ground).await;
        node.cancel(id).await.unwrap();
        let ended = node.operation(id).await;
        assert_eq!(ended.attempt, 0);
        assert_as_before(&node, *trial, ground, &ended).await;
        assert!(node.cancel(id).await.is_err(), "it has ended");
    }
    let worker = node.worker().await;
    node.delete_everything().await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

/// Asks for it, holds it up at a call of a step, and cancels it there.
async fn cancel_at(node: &TestNode, trial: Trial, ground: &Ground, call: Call) -> Operation {
    let before = node.calls(call);
    node.engine.delay_next(call, HOLD);
    let id = trial.ask(node, ground).await;
    node.reach_call(call, before + 1).await;
    cancel_now(node, id).await
}

async fn cancel_now(node: &TestNode, id: OperationId) -> Operation {
    let since = Instant::now();
    node.cancel(id).await.unwrap();
    let ended = node.end(id).await;
    assert!(since.elapsed() < SEEN, "{:?}", since.elapsed());
    ended
}

#[tokio::test]
async fn what_runs_is_undone_within_a_second() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let places = [
        (Trial::Create, Call::CreateVolume),
        (Trial::Create, Call::CreateContainer),
        (Trial::Create, Call::StartContainer),
        (Trial::Start, Call::InspectContainer),
        (Trial::Start, Call::CreateContainer),
        (Trial::RestoreRunning, Call::StopContainer),
        (Trial::RestoreStopped, Call::StopContainer),
        (Trial::Fork, Call::CreateContainer),
        (Trial::Fork, Call::StartContainer),
    ];
    for (trial, call) in places {
        let ground = trial.prepare(&node).await;
        let ended = cancel_at(&node, trial, &ground, call).await;
        assert_as_before(&node, trial, &ground, &ended).await;
    }
    node.delete_everything().await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

#[tokio::test]
async fn waiting_is_broken_off() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    for trial in [Trial::Create, Trial::Fork] {
        let ground = trial.prepare(&node).await;
        node.init.seeded.store(false, Ordering::SeqCst);
        let asked = node.init.asked.load(Ordering::SeqCst);
        let id = trial.ask(&node, &ground).await;
        node.until("it waits", || async {
            (node.init.asked.load(Ordering::SeqCst) > asked).then_some(())
        })
        .await;
        let ended = cancel_now(&node, id).await;
        node.init.seeded.store(true, Ordering::SeqCst);
        assert_as_before(&node, trial, &ground, &ended).await;
    }
    node.delete_everything().await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

#[tokio::test]
async fn what_is_past_return_is_finished() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let places = [
        (Trial::Start, Call::StartContainer),
        (Trial::Delete, Call::StopContainer),
        (Trial::DeleteApp, Call::RemoveContainer),
        (Trial::CaptureLive, Call::UnpauseContainer),
        (Trial::RestoreRunning, Call::StartContainer),
    ];
    for (trial, call) in places {
        let ground = trial.prepare(&node).await;
        let ended = cancel_at(&node, trial, &ground, call).await;
        assert_eq!(ended.status, OperationStatus::Succeeded, "{trial:?} {ended:#?}");
        trial.check(&node, &ground, &ended).await;
        assert_eq!(node.timeline(ended.id).await, trial.timeline());
    }
}

#[tokio::test]
async fn what_an_attempt_before_took_past_return_is_finished() {
    let node = TestNode::alone().await;
    let _worker = node.worker().await;
    let places = [
        (Trial::Stop, "seal.renamed"),
        (Trial::Delete, "sandbox.delete.remove_container"),
        (Trial::DeleteApp, "app.delete.remove_container"),
        (Trial::RestoreRunning, "app.restore.switch_workspace"),
        (Trial::RestoreStopped, "app.restore.switch_workspace"),
    ];
    for (trial, point) in places {
        let ground = trial.prepare(&node).await;
        arm(point, Action::Error);
        let id = trial.ask(&node, &ground).await;
        node.until("it is to be tried again", || async {
            let row = node.operation(id).await;
            (row.status == OperationStatus::Queued && row.attempt == 1).then_some(())
        })
        .await;
        node.cancel(id).await.unwrap();
        let ended = node.end(id).await;
        assert_eq!(ended.status, OperationStatus::Succeeded, "{trial:?} {ended:#?}");
        trial.check(&node, &ground, &ended).await;
    }
}

#[tokio::test]
async fn what_waits_for_another_attempt_is_undone() {
    let node = TestNode::alone().await;
    let _worker = node.worker().await;
    let places = [
        (Trial::Create, "sandbox.create.start_container"),
        (Trial::CaptureLive, "copy_live.renamed"),
        (Trial::RestoreRunning, "app.restore.keep_workspace"),
        (Trial::Fork, "app.fork.start_container"),
    ];
    for (trial, point) in places {
        let ground = trial.prepare(&node).await;
        arm(point, Action::Error);
        let id = trial.ask(&node, &ground).await;
        node.until("it is to be tried again", || async {
            let row = node.operation(id).await;
            (row.status == OperationStatus::Queued && row.attempt == 1).then_some(())
        })
        .await;
        let ended = cancel_now(&node, id).await;
        assert_as_before(&node, trial, &ground, &ended).await;
    }
}
