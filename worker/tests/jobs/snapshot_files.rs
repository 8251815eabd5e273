//! A file of a snapshot, read through a worker's node service with a real `sandbox-init`.

use std::os::unix::fs::symlink;

use http_body_util::BodyExt;
use sandboxd_shared::ids::{SandboxId, SnapshotId};

use crate::node::TestNode;
use crate::service::Reply;
use crate::worker::TestWorker;

const UNKNOWN: &str = "01JD4X8QK3M5N7P9R1S3T5V7W9";
/// More than sockets and pipes hold on the way to a client that doesn't read.
const BIG: usize = 16 << 20;

fn content(snapshot: impl std::fmt::Display, path: &str) -> String {
    format!("/snapshots/{snapshot}/content?path={path}")
}

async fn read(
    node: &TestNode,
    worker: &TestWorker,
    snapshot: impl std::fmt::Display,
    path: &str,
) -> Reply {
    node.ask(worker, "GET", &content(snapshot, path), "").await
}

/// The processes that this one has started to serve files, dead ones that wait for it too.
fn children() -> usize {
    let own = format!("PPid:\t{}", std::process::id());
    let is_own = |text: String| text.lines().any(|line| line == own);
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| std::fs::read_to_string(entry.path().join("status")).is_ok_and(is_own))
        .count()
}

/// A worker, a stopped sandbox, and a snapshot of it with a note, a large file and a link that
/// leads out.
async fn captured(node: &TestNode) -> (TestWorker, SandboxId, SnapshotId) {
    let worker = node.worker().await;
    let sandbox = node.create(node.app("one").await).await;
    let folder = node.app_folder(sandbox).await;
    std::fs::write(folder.join("note"), "one").unwrap();
    std::fs::write(folder.join("big"), vec![b'x'; BIG]).unwrap();
    symlink("/etc/hostname", folder.join("out")).unwrap();
    node.stop(sandbox).await;
    let snapshot = node.capture(sandbox).await;
    (worker, sandbox, snapshot)
}

async fn works_on(node: TestNode) {
    let (worker, sandbox, first) = captured(&node).await;
    let target = format!("/sandboxes/{sandbox}/content?path=note");
    assert_eq!(node.ask(&worker, "PUT", &target, "two!").await.status, 200);
    let second = node.capture(sandbox).await;
    for (snapshot, text) in [(first, "one"), (second, "two!")] {
        let found = read(&node, &worker, snapshot, "note").await;
        assert_eq!((found.status, &found.body[..]), (200, text.as_bytes()));
    }
    // Also when nothing but the snapshot is left.
    let deleted = node.ask_delete(sandbox).await;
    node.succeed(deleted).await;
    assert_eq!(read(&node, &worker, first, "note").await.body, "one");

    for (path, code) in
        [("nothing", "not_found"), ("out", "invalid_request"), ("note/x", "invalid_request")]
    {
        assert_eq!(read(&node, &worker, first, path).await.code(), code, "{path}");
    }
    assert_eq!(read(&node, &worker, UNKNOWN, "note").await.code(), "not_found");
    node.execute_with("UPDATE snapshots SET status = 'failed' WHERE id = $1", &[&first]).await;
    assert_eq!(read(&node, &worker, first, "note").await.code(), "conflict");
    node.until("no process is left", || async { (children() == 0).then_some(()) }).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_file_is_as_it_was() {
    works_on(TestNode::new().await).await;
}

#[tokio::test]
async fn a_file_of_a_copy_is_as_it_was() {
    works_on(TestNode::with_copies().await).await;
}

#[tokio::test]
async fn what_is_deleted_meanwhile_is_not_whole() {
    let node = TestNode::new().await;
    let (worker, _, snapshot) = captured(&node).await;
    let layer = node.snapshot(snapshot).await.unwrap().layer_id.unwrap();
    let set = "UPDATE layers SET state = $1 WHERE id = $2";
    let mut body = node.open(&worker, "GET", &content(snapshot, "big"), vec![]).await.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    // As it is while its bytes are taken away.
    node.execute_with(set, &[&"deleting", &layer]).await;
    assert!(body.collect().await.is_err());
    node.execute_with(set, &[&"ready", &layer]).await;
    assert_eq!(read(&node, &worker, snapshot, "big").await.body.len(), BIG);
    worker.stop().await;
}
