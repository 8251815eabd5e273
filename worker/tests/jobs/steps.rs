//! Every kind of operation failing after each step, at each crash point of the storage and at each
//! call of the engine, and then run again: it comes to what it comes to without a failure.

use sandboxd_worker::failpoint::{Action, arm, pending};
use sandboxd_worker::runtime::RuntimeError;
use sandboxd_worker::runtime::fake::Call;

use crate::node::TestNode;
use crate::trial::Trial;

/// Crash points that making a generation passes.
const CREATE: [&str; 3] = ["create.filled", "create.renamed", "create.synced"];
/// Crash points that starting a container passes.
const STARTED: [&str; 2] = ["start.started", "start.environment_given"];
const SEAL: [&str; 3] = ["seal.proved", "seal.renamed", "seal.synced"];
const COPY_LIVE: [&str; 5] = [
    "copy_live.copied",
    "copy_live.renamed",
    "publish.flushed",
    "publish.renamed",
    "publish.synced",
];
const FLATTEN: [&str; 3] = ["flatten.merged", "flatten.renamed", "flatten.synced"];
/// What is thrown away after the end; a failure there is no failure of the operation.
const DISCARD: [&str; 2] = ["discard.proved", "discard.renamed"];

const UP: [Call; 3] = [Call::CreateVolume, Call::CreateContainer, Call::StartContainer];
const DOWN: [Call; 4] =
    [Call::StopContainer, Call::RemoveContainer, Call::ListVolumes, Call::RemoveVolume];
const FREEZE: [Call; 3] = [Call::InspectContainer, Call::PauseContainer, Call::UnpauseContainer];

/// Fails once in every place, on one node.
async fn run(trial: Trial, steps: &[&str], points: &[&[&str]], calls: &[&[Call]]) {
    let node = TestNode::alone().await;
    let worker = node.worker().await;
    for step in steps {
        fail_at(&node, trial, &format!("{}.{step}", trial.kind()), true).await;
    }
    for point in points.concat() {
        fail_at(&node, trial, point, !DISCARD.contains(&point)).await;
    }
    for call in calls.concat() {
        for lost in [false, true] {
            fail_call(&node, trial, call, lost).await;
        }
    }
    node.delete_everything().await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

async fn fail_at(node: &TestNode, trial: Trial, point: &str, retried: bool) {
    let ground = trial.prepare(node).await;
    arm(point, Action::Error);
    let id = trial.ask(node, &ground).await;
    let done = node.succeed(id).await;
    assert_eq!(pending(), Vec::<String>::new(), "{trial:?} did not come past it");
    assert_eq!(done.attempt, 1 + i64::from(retried), "{trial:?} at {point}");
    check(node, trial, &ground, &done).await;
}

async fn fail_call(node: &TestNode, trial: Trial, call: Call, lost: bool) {
    let ground = trial.prepare(node).await;
    let error = || RuntimeError::Timeout {
        operation: "a call".to_owned(),
        after: std::time::Duration::from_secs(1),
    };
    if lost {
        node.engine.lose_next_answer(call, error);
    } else {
        node.engine.fail_next(call, error);
    }
    let id = trial.ask(node, &ground).await;
    let done = node.succeed(id).await;
    check(node, trial, &ground, &done).await;
}

async fn check(
    node: &TestNode,
    trial: Trial,
    ground: &crate::trial::Ground,
    done: &sandboxd_shared::domain::Operation,
) {
    trial.check(node, ground, done).await;
    node.assert_consistent().await;
    let mut timeline = node.timeline(done.id).await;
    if trial != Trial::Compact {
        let retried = timeline.iter().filter(|kind| *kind == "operation.retried").count();
        assert_eq!(i64::try_from(retried).unwrap(), done.attempt - 1);
    }
    timeline.retain(|kind| kind != "operation.retried");
    assert_eq!(timeline, trial.timeline(), "{trial:?}");
    // A step that failed once shows as it was done in the end.
    crate::look::steps(done);
}

#[tokio::test]
async fn create() {
    let steps =
        ["admit", "create_workspace", "create_container", "start_container", "seed_workspace"];
    run(Trial::Create, &steps, &[&CREATE, &STARTED], &[&UP]).await;
}

#[tokio::test]
async fn start() {
    let steps =
        ["inspect_container", "admit", "prepare_workspace", "create_container", "start_container"];
    run(Trial::Start, &steps, &[&STARTED], &[&UP, &[Call::InspectContainer]]).await;
}

#[tokio::test]
async fn stop() {
    let steps = ["stop_container", "seal_workspace"];
    run(Trial::Stop, &steps, &[&SEAL, &CREATE, &DISCARD], &[&DOWN]).await;
}

#[tokio::test]
async fn delete() {
    run(Trial::Delete, &["remove_container"], &[], &[&DOWN]).await;
}

#[tokio::test]
async fn delete_app() {
    run(Trial::DeleteApp, &["remove_container"], &[], &[&DOWN]).await;
}

#[tokio::test]
async fn capture_live() {
    run(Trial::CaptureLive, &["admit", "copy_workspace"], &[&COPY_LIVE], &[&FREEZE]).await;
}

#[tokio::test]
async fn capture_of_a_dead_one() {
    let steps = ["admit", "seal_workspace"];
    run(Trial::CaptureDead, &steps, &[&SEAL, &CREATE, &DISCARD], &[&DOWN]).await;
}

#[tokio::test]
async fn restore_running() {
    let steps = [
        "admit",
        "create_workspace",
        "stop_container",
        "keep_workspace",
        "switch_workspace",
        "start_container",
    ];
    run(Trial::RestoreRunning, &steps, &[&SEAL, &CREATE, &STARTED], &[&UP, &DOWN]).await;
}

#[tokio::test]
async fn restore_stopped() {
    let steps =
        ["admit", "create_workspace", "stop_container", "keep_workspace", "switch_workspace"];
    run(Trial::RestoreStopped, &steps, &[&CREATE], &[&DOWN[..3]]).await;
}

#[tokio::test]
async fn restore_into_an_app_without_a_sandbox() {
    let steps = ["admit", "create_workspace", "start_container"];
    run(Trial::RestoreNew, &steps, &[&CREATE, &STARTED], &[&UP]).await;
}

#[tokio::test]
async fn fork() {
    let steps = ["admit", "create_workspace", "start_container", "prepare_workspace"];
    run(Trial::Fork, &steps, &[&CREATE, &STARTED], &[&UP]).await;
}

#[tokio::test]
async fn compact() {
    run(Trial::Compact, &["merge_layers"], &[&FLATTEN], &[]).await;
}
