//! Every kind of operation where nothing goes wrong: events, steps, result, rows, bytes.

use sandboxd_shared::domain::{OperationStatus, SnapshotKind, SnapshotStatus};
use sandboxd_shared::ids::SnapshotId;
use serde_json::json;

use crate::files::files;
use crate::look::steps;
use crate::node::TestNode;

#[tokio::test]
async fn a_life_leaves_exact_traces_and_then_nothing() {
    let node = TestNode::new().await;
    a_life(&node).await;
}

#[tokio::test]
async fn a_life_with_copied_workspaces() {
    let node = TestNode::with_copies().await;
    a_life(&node).await;
}

async fn a_life(node: &TestNode) {
    let worker = node.worker().await;
    let app = node.app("one").await;

    let id = node.ask_create(app, None).await;
    let done = node.succeed(id).await;
    let sandbox = done.sandbox_id.unwrap();
    assert_eq!(done.result, Some(json!({ "app_id": app, "sandbox_id": sandbox })));
    assert_eq!((done.attempt, done.worker.as_deref()), (1, Some(&*worker.name)));
    let wanted =
        ["admit", "create_workspace", "create_container", "start_container", "seed_workspace"];
    assert_eq!(steps(&done), wanted);
    assert_eq!(node.timeline(id).await, ["sandbox.create.started", "sandbox.created"]);
    node.assert_running(sandbox).await;

    node.write(sandbox, "a", "1").await;
    let (id, live) = node.ask_capture(sandbox).await;
    let done = node.succeed(id).await;
    assert_eq!(steps(&done), ["admit", "copy_workspace"]);
    let result = json!({ "app_id": app, "sandbox_id": sandbox, "snapshot_id": live });
    assert_eq!(done.result, Some(result));
    assert_eq!(node.timeline(id).await, ["snapshot.capture.started", "snapshot.captured"]);
    node.assert_running(sandbox).await;
    assert_eq!(node.snapshot_files(live).await, files([("a", "1")]));

    node.write(sandbox, "b", "2").await;
    let id = node.ask_stop(sandbox).await;
    let done = node.succeed(id).await;
    assert_eq!(steps(&done), ["stop_container", "seal_workspace"]);
    assert_eq!(node.timeline(id).await, ["sandbox.stop.started", "sandbox.stopped"]);
    node.assert_stopped(sandbox).await;
    assert_eq!(node.files(sandbox).await, files([("a", "1"), ("b", "2")]));

    let (id, stopped) = node.ask_capture(sandbox).await;
    assert_eq!(steps(&node.succeed(id).await), ["admit", "seal_workspace"]);
    node.assert_stopped(sandbox).await;
    assert_eq!(node.snapshot_files(stopped).await, files([("a", "1"), ("b", "2")]));
    let row = node.snapshot(stopped).await.unwrap();
    assert_eq!((row.status, row.kind), (SnapshotStatus::Ready, SnapshotKind::Manual));
    assert_eq!(row.parent_snapshot_id, Some(live));

    let id = node.ask_start(sandbox).await;
    let wanted =
        ["inspect_container", "admit", "prepare_workspace", "create_container", "start_container"];
    assert_eq!(steps(&node.succeed(id).await), wanted);
    assert_eq!(node.timeline(id).await, ["sandbox.start.started", "sandbox.started"]);
    node.assert_running(sandbox).await;

    restored(node, &worker.name).await;
    forked(node, stopped).await;

    let id = node.ask_delete(sandbox).await;
    let done = node.succeed(id).await;
    assert_eq!(steps(&done), ["remove_container"]);
    assert_eq!(node.timeline(id).await, ["sandbox.stop.started", "sandbox.deleted"]);
    assert!(node.sandbox(sandbox).await.is_none() && node.container(sandbox).is_none());
    assert_eq!(node.snapshot_files(stopped).await, files([("a", "1"), ("b", "2")]));

    let id = node.ask_delete_app(app, true).await;
    let done = node.succeed(id).await;
    assert_eq!(done.result, Some(json!({ "app_id": app })));
    let timeline = node.timeline(id).await;
    assert_eq!(timeline, ["snapshot.deleted", "snapshot.deleted", "app.deleted"]);
    assert!(node.find_app(app).await.is_none());
    worker.stop().await;
    node.assert_nothing_left().await;
}

/// A running sandbox goes back, keeps what it was, and comes forward again.
async fn restored(node: &TestNode, worker: &str) {
    let app = node.app("restored").await;
    let sandbox = node.create(app).await;
    node.write(sandbox, "a", "old").await;
    let snapshot = node.capture(sandbox).await;
    node.write(sandbox, "a", "new").await;
    node.write(sandbox, "b", "new").await;
    let before = node.sandbox(sandbox).await.unwrap();

    let id = node.ask_restore(app, snapshot, true).await;
    let done = node.succeed(id).await;
    assert_eq!(done.worker.as_deref(), Some(worker));
    let wanted = [
        "admit",
        "create_workspace",
        "stop_container",
        "keep_workspace",
        "switch_workspace",
        "start_container",
    ];
    assert_eq!(steps(&done), wanted);
    let wanted = ["snapshot.restore.started", "snapshot.captured", "snapshot.restored"];
    assert_eq!(node.timeline(id).await, wanted);
    node.assert_running(sandbox).await;
    assert_eq!(node.files(sandbox).await, files([("a", "old")]));
    let after = node.sandbox(sandbox).await.unwrap();
    assert!(after.generation > before.generation);
    assert_eq!(after.base_snapshot_id, Some(snapshot));
    assert_eq!((after.ports, after.visibility), (before.ports, before.visibility));

    let safety: SnapshotId =
        serde_json::from_value(done.result.unwrap()["safety_snapshot_id"].clone()).unwrap();
    let row = node.snapshot(safety).await.unwrap();
    assert_eq!((row.status, row.kind), (SnapshotStatus::Ready, SnapshotKind::Safety));
    node.restore(app, safety).await;
    assert_eq!(node.files(sandbox).await, files([("a", "new"), ("b", "new")]));

    let id = node.ask_delete_app(app, true).await;
    node.succeed(id).await;
    assert!(node.sandbox(sandbox).await.is_none());
}

/// Three children over one snapshot, each with a workspace of its own.
async fn forked(node: &TestNode, snapshot: SnapshotId) {
    let app = node.snapshot(snapshot).await.unwrap().source_app_id;
    let id = node.ask_fork(app, snapshot, 3).await;
    let done = node.succeed(id).await;
    let wanted = ["admit", "create_workspace", "start_container", "prepare_workspace"];
    assert_eq!(steps(&done), wanted);
    let created = "app.created";
    let wanted = ["snapshot.fork.started", created, created, created];
    let ends = ["sandbox.created", "sandbox.created", "sandbox.created", "snapshot.forked"];
    assert_eq!(node.timeline(id).await, [wanted, ends].concat());
    let children =
        sandboxd_shared::jobs::input::<sandboxd_shared::jobs::fork_app::Input>(&done).unwrap();
    assert_eq!(done.result, Some(json!({ "children": children.children })));
    for (number, child) in children.children.iter().enumerate() {
        node.assert_running(child.sandbox_id).await;
        node.write(child.sandbox_id, "c", &number.to_string()).await;
    }
    for (number, child) in children.children.iter().enumerate() {
        let wanted = files([("a", "1"), ("b", "2"), ("c", &number.to_string())]);
        assert_eq!(node.files(child.sandbox_id).await, wanted);
        let name = node.find_app(child.app_id).await.unwrap().name;
        assert_eq!(name, format!("one (fork {})", number + 1));
    }
    assert_eq!(node.snapshot_files(snapshot).await, files([("a", "1"), ("b", "2")]));
    for child in children.children {
        let id = node.ask_delete_app(child.app_id, true).await;
        let done = node.succeed(id).await;
        assert_eq!(done.status, OperationStatus::Succeeded);
        let wanted = ["sandbox.stop.started", "sandbox.deleted", "app.deleted"];
        assert_eq!(node.timeline(id).await, wanted);
    }
}
