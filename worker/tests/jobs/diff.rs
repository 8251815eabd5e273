//! Snapshots compared by a worker's node service, from rows and layers as operations make them.

use sandboxd_shared::ids::{SandboxId, SnapshotId};
use sandboxd_shared::store::layers;
use serde_json::{Value, json};

use crate::node::TestNode;
use crate::service::Reply;
use crate::worker::TestWorker;

const UNKNOWN: &str = "01JD4X8QK3M5N7P9R1S3T5V7W9";

/// A stopped sandbox.
async fn stopped(node: &TestNode) -> (TestWorker, SandboxId) {
    let worker = node.worker().await;
    let sandbox = node.create(node.app("one").await).await;
    node.app_folder(sandbox).await;
    node.stop(sandbox).await;
    (worker, sandbox)
}

/// Writes a file of the app, and captures the workspace.
async fn captured(
    node: &TestNode,
    worker: &TestWorker,
    sandbox: SandboxId,
    path: &str,
    text: &str,
) -> SnapshotId {
    let target = format!("/sandboxes/{sandbox}/content?path={path}");
    let put = node.ask(worker, "PUT", &target, text).await;
    assert!(matches!(put.status, 200 | 201), "{put:?}");
    node.capture(sandbox).await
}

async fn ask(
    node: &TestNode,
    worker: &TestWorker,
    after: impl std::fmt::Display,
    before: impl std::fmt::Display,
) -> Reply {
    let target = format!("/snapshots/{after}/diff?against={before}&all=false");
    node.ask(worker, "GET", &target, "").await
}

/// Paths with what became of them.
fn files(found: &Value) -> Vec<(&str, &str)> {
    let text = |file: &'_ Value, key: &str| file[key].as_str().unwrap().to_owned().leak() as &str;
    found["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (text(file, "path"), text(file, "status")))
        .collect()
}

async fn works_on(node: TestNode) {
    let (worker, sandbox) = stopped(&node).await;
    let empty = node.capture(sandbox).await;
    let first = captured(&node, &worker, sandbox, "src/a", "one").await;
    let second = captured(&node, &worker, sandbox, "src/a", "two!").await;
    let found = ask(&node, &worker, second, first).await;
    let wanted = json!({
        "snapshot_id": second, "against": first,
        "added": 0, "changed": 1, "removed": 0, "truncated": false,
        "files": [
            { "path": "src/a", "status": "changed", "type": "file", "size": 4, "size_before": 3 }
        ],
    });
    assert_eq!((found.status, found.json()), (200, wanted));
    let found = ask(&node, &worker, empty, second).await.json();
    assert_eq!((&found["removed"], files(&found)), (&json!(1), vec![("src/a", "removed")]));
    assert!(found["files"][0].get("size").is_none(), "{found}");
    let same = ask(&node, &worker, second, second).await.json();
    assert_eq!(files(&same), []);

    for (after, before) in
        [(second.to_string(), UNKNOWN.to_owned()), (UNKNOWN.to_owned(), second.to_string())]
    {
        assert_eq!(ask(&node, &worker, after, before).await.code(), "not_found");
    }
    node.execute_with("UPDATE snapshots SET status = 'failed' WHERE id = $1", &[&first]).await;
    let refused = ask(&node, &worker, second, first).await;
    assert_eq!(
        (refused.code(), &refused.json()["details"]["status"]),
        ("conflict".to_owned(), &json!("failed"))
    );
    worker.stop().await;
}

#[tokio::test]
async fn snapshots_are_compared() {
    works_on(TestNode::new().await).await;
}

#[tokio::test]
async fn copied_snapshots_are_compared() {
    works_on(TestNode::with_copies().await).await;
}

#[tokio::test]
async fn a_merged_chain_is_compared_by_what_it_was_made_from() {
    let node = TestNode::new().await;
    let (worker, sandbox) = stopped(&node).await;
    let first = captured(&node, &worker, sandbox, "a", "1").await;
    let second = captured(&node, &worker, sandbox, "b", "2").await;
    let merged = node.generation(sandbox).await.base_layer_id.unwrap();
    let compact = node.ask_compact(&merged).await;
    node.succeed(compact).await;
    assert_ne!(node.generation(sandbox).await.base_layer_id.unwrap(), merged, "it moved");
    let third = captured(&node, &worker, sandbox, "a", "3").await;
    let newest = node.snapshot(third).await.unwrap().layer_id.unwrap();
    let origin = async || {
        let mut conn = node.store.read().await.unwrap();
        layers::origin(&mut conn, &newest).await.unwrap()
    };
    let known = origin().await;
    assert_eq!(known[..2], [newest.clone(), merged.clone()]);
    let found = ask(&node, &worker, third, first).await.json();
    assert_eq!(files(&found), [("a", "changed"), ("b", "added")]);
    let found = ask(&node, &worker, third, second).await.json();
    assert_eq!(files(&found), [("a", "changed")]);

    // When the originals are gone the merged copy stands for itself.
    let fork = captured(&node, &worker, sandbox, "c", "4").await;
    node.delete_snapshot(first).await;
    node.delete_snapshot(second).await;
    node.reconcile().await;
    assert_eq!(origin().await.len(), 2);
    let found = ask(&node, &worker, fork, third).await.json();
    assert_eq!(files(&found), [("c", "added")]);
    worker.stop().await;
}

#[tokio::test]
async fn what_is_deleted_meanwhile_is_no_answer() {
    let node = TestNode::new().await;
    let (worker, sandbox) = stopped(&node).await;
    let first = captured(&node, &worker, sandbox, "a", "1").await;
    let second = captured(&node, &worker, sandbox, "a", "2").await;
    let layer = node.snapshot(first).await.unwrap().layer_id.unwrap();
    // As it is while its bytes are taken away.
    let set = "UPDATE layers SET state = $1 WHERE id = $2";
    node.execute_with(set, &[&"deleting", &layer]).await;
    assert_eq!(ask(&node, &worker, second, first).await.code(), "conflict");
    node.execute_with(set, &[&"ready", &layer]).await;
    assert_eq!(ask(&node, &worker, second, first).await.status, 200);
    worker.stop().await;
}
