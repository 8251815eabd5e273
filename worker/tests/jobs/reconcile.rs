//! The reconciler: what died, what nobody knows, what was left, and what is not ours.

use std::fs;
use std::time::Duration;

use sandboxd_shared::domain::{OperationStatus, SandboxStatus};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId};
use sandboxd_worker::failpoint::{Action, arm};
use sandboxd_worker::runtime::{
    Attachment, ContainerName, Limits, Phase, Runtime, SandboxContainer, VolumeName, WorkspaceMount,
};
use sandboxd_worker::sandbox::container_name;
use serde_json::json;

use crate::files::files;
use crate::look::names;
use crate::node::{IMAGE, MEMORY, TestNode};
use crate::trial::Trial;

const PAST_GRACE: Duration = Duration::from_secs(11 * 60);

/// A sandbox that runs with a file in it, and nobody who works.
async fn running(node: &TestNode) -> (AppId, SandboxId, ContainerName) {
    let worker = node.worker().await;
    let ground = Trial::Stop.prepare(node).await;
    worker.stop().await;
    let sandbox = ground.sandbox.unwrap();
    (ground.app, sandbox, container_name(sandbox).unwrap())
}

async fn assert_ended(node: &TestNode, app: AppId, sandbox: SandboxId, reason: &str) {
    let row = node.sandbox(sandbox).await.unwrap();
    assert_eq!((row.status, row.status_reason.as_deref()), (SandboxStatus::Stopped, Some(reason)));
    assert_eq!((row.address, row.container_id), (None, None));
    let events = node.app_events(app).await;
    let [.., crashed, stopped] = &events[..] else { panic!("{events:#?}") };
    let kinds = (crashed.kind.as_str(), stopped.kind.as_str());
    assert_eq!(kinds, ("sandbox.crashed", "sandbox.stopped"));
    assert_eq!(stopped.payload, json!({ "reason": reason }));
    let again = node.app_events(app).await.len();
    node.reconcile().await;
    assert_eq!(node.app_events(app).await.len(), again, "it is told once");
    node.assert_down(sandbox).await;
}

async fn assert_heals(node: &TestNode, sandbox: SandboxId) {
    let worker = node.worker().await;
    node.start(sandbox).await;
    node.assert_running(sandbox).await;
    assert_eq!(node.files(sandbox).await, files([("a", "new")]));
    worker.stop().await;
}

#[tokio::test]
async fn a_container_that_ends_by_itself_is_told_of_and_started_again() {
    let node = TestNode::new().await;
    let (app, sandbox, name) = running(&node).await;
    node.engine.kill(&name, 7);
    node.reconcile().await;
    assert_ended(&node, app, sandbox, "crashed").await;
    let events = node.app_events(app).await;
    let crashed = events.iter().find(|event| event.kind == "sandbox.crashed").unwrap();
    assert_eq!(crashed.payload, json!({ "exit_code": 7, "oom": false }));
    assert_heals(&node, sandbox).await;

    node.engine.kill_for_memory(&name);
    node.reconcile().await;
    assert_ended(&node, app, sandbox, "oom").await;
    assert_heals(&node, sandbox).await;

    node.engine.remove_by_hand(&name);
    node.reconcile().await;
    assert_ended(&node, app, sandbox, "crashed").await;
    assert_heals(&node, sandbox).await;
}

#[tokio::test]
async fn a_death_is_seen_at_once_by_the_worker_that_leads() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let sandbox = Trial::Stop.prepare(&node).await.sandbox.unwrap();
    node.engine.kill(&container_name(sandbox).unwrap(), 1);
    let since = std::time::Instant::now();
    node.until("it is seen", || async {
        let row = node.sandbox(sandbox).await.unwrap();
        (row.status == SandboxStatus::Stopped).then_some(())
    })
    .await;
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    worker.stop().await;
}

#[tokio::test]
async fn a_start_heals_what_only_looks_running() {
    let node = TestNode::new().await;
    let (_, sandbox, name) = running(&node).await;
    node.engine.remove_by_hand(&name);
    assert_eq!(node.sandbox(sandbox).await.unwrap().status, SandboxStatus::Running);
    assert_heals(&node, sandbox).await;
}

#[tokio::test]
async fn a_container_over_a_workspace_of_before_is_made_again() {
    let node = TestNode::new().await;
    let (app, sandbox, name) = running(&node).await;
    let worker = node.worker().await;
    node.stop(sandbox).await;
    worker.stop().await;
    let stale = spec(&node, sandbox, 1).await;
    let runtime = node.runtime();
    runtime.create_container(&stale).await.unwrap();
    runtime.start_container(&name).await.unwrap();
    let worker = node.worker().await;
    node.start(sandbox).await;
    node.assert_running(sandbox).await;
    worker.stop().await;

    // And where the row says that it runs.
    runtime.remove_container(&name).await.unwrap();
    let stale = spec(&node, sandbox, 1).await;
    runtime.create_container(&stale).await.unwrap();
    runtime.start_container(&name).await.unwrap();
    node.reconcile().await;
    assert_eq!(node.container(sandbox), None);
    assert_ended(&node, app, sandbox, "crashed").await;
    assert_heals(&node, sandbox).await;
}

/// A container of a sandbox, over any generation, with a volume for it.
async fn spec(node: &TestNode, sandbox: SandboxId, generation: u32) -> SandboxContainer {
    let name = VolumeName::new(format!("s-{}-g{generation}", sandbox.lower())).unwrap();
    let options = [("type", "tmpfs")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    let runtime = node.runtime();
    runtime.create_volume(&name, &options.into(), &sandbox.to_string()).await.unwrap();
    SandboxContainer {
        name: container_name(sandbox).unwrap(),
        sandbox_id: sandbox.to_string(),
        generation,
        operation_id: OperationId::generate().to_string(),
        image: IMAGE.to_owned(),
        workspace: WorkspaceMount::Volume { name },
        run_dir: node.data().join("run/s").join(sandbox.lower()),
        env: Vec::new(),
        limits: Limits { memory_bytes: MEMORY, cpus: 1.0, pids: 64, nofile: None },
        oci_runtime: None,
        attachment: Attachment::default(),
    }
}

#[tokio::test]
async fn what_no_row_knows_goes_and_what_is_not_ours_stays() {
    let node = TestNode::new().await;
    let (_, sandbox, _) = running(&node).await;
    let runtime = node.runtime();
    let orphan = spec(&node, SandboxId::generate(), 1).await;
    runtime.create_container(&orphan).await.unwrap();
    runtime.start_container(&orphan.name).await.unwrap();
    // A volume without a container, and one of a generation that was left.
    spec(&node, SandboxId::generate(), 4).await;
    spec(&node, sandbox, 77).await;
    let foreign = SandboxContainer {
        name: ContainerName::new(format!("s-{}", SandboxId::generate().lower())).unwrap(),
        workspace: WorkspaceMount::Bind { source: "/x".into() },
        ..orphan.clone()
    };
    node.engine.add_foreign(&foreign).unwrap();
    node.reconcile().await;
    assert_eq!(node.engine.peek(&orphan.name), None);
    assert!(node.engine.peek(&foreign.name).is_some());
    node.assert_running(sandbox).await;
    assert_eq!(node.volumes().await, node.volumes_of(sandbox).await);
}

#[tokio::test]
async fn a_container_whose_sandbox_is_stopped_is_stopped_too() {
    let node = TestNode::new().await;
    let (_, sandbox, name) = running(&node).await;
    node.execute("UPDATE sandboxes SET status = 'stopped', address = NULL, container_id = NULL")
        .await;
    node.reconcile().await;
    assert_eq!(node.engine.peek(&name), None);
    assert_heals(&node, sandbox).await;
}

#[tokio::test]
async fn what_was_left_frozen_is_thawed_unless_somebody_works_on_it() {
    let node = TestNode::new().await;
    let (_, sandbox, name) = running(&node).await;
    node.runtime().pause_container(&name).await.unwrap();
    let held = node.locks().try_take(&sandbox.to_string()).unwrap();
    node.reconcile().await;
    assert_eq!(node.container(sandbox).unwrap().phase, Phase::Paused);
    drop(held);
    node.reconcile().await;
    node.assert_running(sandbox).await;
}

#[tokio::test]
async fn an_address_is_corrected() {
    let node = TestNode::new().await;
    let (app, sandbox, _) = running(&node).await;
    node.execute("UPDATE sandboxes SET address = '10.9.9.9'").await;
    node.reconcile().await;
    node.assert_running(sandbox).await;
    assert_eq!(node.app_events(app).await.last().unwrap().kind, "sandbox.recovered");
}

/// Things in a row that nothing tells of: each is found by a look of its own.
const LOOKS: usize = 10;
/// What they take together, at half a second each. Whoever waits for a ring takes much longer.
const LOOKS_LIMIT: Duration = Duration::from_secs(15);

#[tokio::test]
async fn what_somebody_works_on_is_looked_at_again_until_it_can_go() {
    let node = TestNode::new().await;
    let run = |id: SandboxId| {
        let path = node.data().join("run/s").join(id.lower());
        fs::create_dir_all(&path).unwrap();
        path
    };
    let id = SandboxId::generate();
    let worked_on = run(id);
    let held = node.locks().try_take(&id.to_string()).unwrap();
    let worker = node.worker().await;
    let begun = std::time::Instant::now();
    for look in 0..LOOKS {
        let free = run(SandboxId::generate());
        node.until(&format!("look {look}"), || async { (!free.exists()).then_some(()) }).await;
    }
    assert!(begun.elapsed() < LOOKS_LIMIT, "{:?}", begun.elapsed());
    assert!(worked_on.exists());
    drop(held);
    node.until("nothing is left", || async { (!worked_on.exists()).then_some(()) }).await;
    worker.stop().await;
}

#[tokio::test]
async fn directories_that_no_row_knows_go_after_a_grace() {
    let node = TestNode::new().await;
    let (_, sandbox, _) = running(&node).await;
    let data = node.data();
    let unknown = [
        data.join("w").join(SandboxId::generate().lower()).join("g1"),
        data.join("w").join(sandbox.lower()).join("g9"),
        data.join("l/unknown"),
        data.join("tmp/left.part"),
    ];
    let foreign = [data.join("w/NOT OURS"), data.join("l/NOT OURS")];
    for path in unknown.iter().chain(&foreign) {
        fs::create_dir_all(path.join("upper")).unwrap();
    }
    node.reconcile().await;
    assert!(unknown.iter().all(|path| path.exists()), "somebody may still write their row");
    node.clock.advance(PAST_GRACE);
    node.reconcile().await;
    for path in &unknown {
        assert!(!path.exists(), "{}", path.display());
    }
    assert!(foreign.iter().all(|path| path.exists()));
    assert_eq!(names(&data.join("trash")), Vec::<String>::new());
    node.assert_running(sandbox).await;
    assert_eq!(node.files(sandbox).await, files([("a", "new")]));
}

#[tokio::test]
async fn a_missing_workspace_is_made_unless_an_operation_has_the_sandbox() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let sandbox = Trial::Start.prepare(&node).await.sandbox.unwrap();
    worker.stop().await;
    let upper = node.upper(&node.generation(sandbox).await);
    let folder = upper.parent().unwrap();
    fs::remove_dir_all(folder).unwrap();
    let asked = node.ask_start(sandbox).await;
    node.reconcile().await;
    assert!(!folder.exists(), "whoever has it makes it");
    node.cancel(asked).await.unwrap();
    node.reconcile().await;
    assert!(folder.exists());
}

#[tokio::test]
async fn a_seal_that_was_left_half_done_loses_no_byte() {
    let node = TestNode::alone().await;
    node.execute(
        "CREATE TRIGGER once AFTER INSERT ON operations WHEN NEW.kind = 'sandbox.stop' \
         BEGIN UPDATE operations SET max_attempts = 1 WHERE id = NEW.id; END",
    )
    .await;
    let worker = node.worker().await;
    for point in ["seal.renamed", "seal.synced", "create.renamed"] {
        for next in ["start", "stop", "capture", "restore", "restore unsafely", "delete"] {
            half_sealed(&node, point, next).await;
        }
    }
    node.delete_everything().await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

/// A stop fails for good in the middle of its seal; then comes another operation.
async fn half_sealed(node: &TestNode, point: &str, next: &str) {
    let what = format!("{next} after {point}");
    let ground = Trial::CaptureLive.prepare(node).await;
    let (app, sandbox) = (ground.app, ground.sandbox.unwrap());
    let old = ground.snapshot.unwrap();
    arm(point, Action::Error);
    let id = node.ask_stop(sandbox).await;
    assert_eq!(node.end(id).await.status, OperationStatus::Failed, "{what}");
    assert_eq!(node.sandbox(sandbox).await.unwrap().status, SandboxStatus::Stopped);
    node.reconcile().await;
    let wanted = files([("a", "new")]);
    match next {
        "start" => {
            node.start(sandbox).await;
            node.assert_running(sandbox).await;
            assert_eq!(node.files(sandbox).await, wanted, "{what}");
        }
        "stop" => {
            node.stop(sandbox).await;
            node.assert_stopped(sandbox).await;
            assert_eq!(node.files(sandbox).await, wanted, "{what}");
        }
        "capture" => {
            let snapshot = node.capture(sandbox).await;
            assert_eq!(node.snapshot_files(snapshot).await, wanted, "{what}");
            assert_eq!(node.files(sandbox).await, wanted, "{what}");
        }
        "delete" => {
            let id = node.ask_delete(sandbox).await;
            node.succeed(id).await;
        }
        restore => {
            let safely = restore == "restore";
            let id = node.ask_restore(app, old, safely).await;
            let done = node.succeed(id).await;
            assert_eq!(node.files(sandbox).await, files([("a", "old")]), "{what}");
            if safely {
                let safety = done.result.unwrap()["safety_snapshot_id"].clone();
                let safety = serde_json::from_value(safety).unwrap();
                assert_eq!(node.snapshot_files(safety).await, wanted, "{what}");
            }
        }
    }
    node.reconcile().await;
    node.assert_consistent().await;
    let sealing = "SELECT count(*) FROM layers WHERE state = 'sealing'";
    assert_eq!(node.count(sealing).await, 0, "{what}");
}

#[tokio::test]
async fn a_volume_that_the_engine_will_not_remove_holds_nothing_up() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::Stop.prepare(&node).await;
    let sandbox = ground.sandbox.unwrap();
    let name = VolumeName::new(node.volumes().await.remove(0)).unwrap();
    node.engine.fail_next(sandboxd_worker::runtime::fake::Call::RemoveVolume, move || {
        sandboxd_worker::runtime::RuntimeError::VolumeInUse { volume: name }
    });
    node.stop(sandbox).await;
    worker.stop().await;
    assert_eq!(node.volumes().await.len(), 1);
    node.reconcile().await;
    node.assert_stopped(sandbox).await;
    assert_eq!(node.files(sandbox).await, files([("a", "new")]));
}
