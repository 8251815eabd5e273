//! Checkpoints: which go by themselves, and that what is left is whole.

use sandboxd_shared::domain::OperationStatus;
use sandboxd_shared::ids::{SandboxId, SnapshotId, TaskId};
use sandboxd_shared::store::snapshots;
use sandboxd_worker::reconcile::Reconciler;

use crate::files::files;
use crate::node::TestNode;

impl TestNode {
    /// A checkpoint of a running sandbox whose file `a` holds `text`, the state that it stops in.
    async fn checkpoint(&self, sandbox: SandboxId, text: &str) -> SnapshotId {
        self.write(sandbox, "a", text).await;
        self.stop(sandbox).await;
        let id = self.capture(sandbox).await;
        self.execute_with("UPDATE snapshots SET kind = 'checkpoint' WHERE id = $1", &[&id]).await;
        self.start(sandbox).await;
        id
    }

    /// One look at everything that keeps so many checkpoints of an app.
    async fn reconcile_keeping(&self, checkpoints_kept: u32) {
        Reconciler { checkpoints_kept, ..self.reconciler() }.once().await.unwrap();
    }

    async fn is_left(&self, id: SnapshotId) -> bool {
        self.snapshot(id).await.is_some()
    }
}

#[tokio::test]
async fn the_newest_and_the_named_are_kept_and_whole() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    let (sandbox, other) = (node.create(app).await, node.create(node.app("other").await).await);
    let manual = node.capture(sandbox).await;
    let mut made = Vec::new();
    for number in 0..6 {
        made.push(node.checkpoint(sandbox, &number.to_string()).await);
    }
    let others = node.checkpoint(other, "x").await;
    let mut tx = node.store.write().await.unwrap();
    snapshots::rename(&mut tx, made[1], "as it should be").await.unwrap();
    tx.commit().await.unwrap();
    worker.stop().await;

    node.reconcile_keeping(0).await;
    node.reconcile_keeping(6).await;
    for id in made.iter().chain([&manual, &others]) {
        assert!(node.is_left(*id).await, "{id}");
    }
    node.reconcile_keeping(2).await;
    let mut left = Vec::new();
    for id in &made {
        left.push(node.is_left(*id).await);
    }
    assert_eq!(left, [false, true, false, false, true, true]);
    assert!(node.is_left(manual).await && node.is_left(others).await);
    let parent = async |id| node.snapshot(id).await.unwrap().parent_snapshot_id;
    assert_eq!(parent(made[1]).await, Some(manual), "the one between them is gone");
    assert_eq!(parent(made[4]).await, Some(made[1]));
    assert_eq!(parent(made[5]).await, Some(made[4]));
    let told = "SELECT count(*) FROM events WHERE type = 'snapshot.deleted' AND owner = 'alice' \
                AND json_extract(payload, '$.reason') = 'retention'";
    assert_eq!(node.count(told).await, 3);

    // Their layers stay as long as something stands on them.
    for number in [1, 4, 5] {
        let wanted = files([("a", &number.to_string())]);
        assert_eq!(node.snapshot_files(made[number]).await, wanted);
    }
    let worker = node.worker().await;
    node.restore(app, made[1]).await;
    assert_eq!(node.files(sandbox).await, files([("a", "1")]));
    let child = node.fork(app, made[4], 1).await[0];
    assert_eq!(node.files(child.sandbox_id).await, files([("a", "4")]));
    worker.stop().await;
    node.assert_consistent().await;

    let worker = node.worker().await;
    node.delete_everything().await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

#[tokio::test]
async fn what_is_needed_now_goes_later() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    let sandbox = node.create(app).await;
    let mut made = Vec::new();
    for number in 0..4 {
        made.push(node.checkpoint(sandbox, &number.to_string()).await);
    }
    worker.stop().await;
    // A fork from the first one waits, and the task around the second one goes on.
    let fork = node.ask_fork(app, made[0], 1).await;
    let task = TaskId::generate();
    let stop = node.ask_stop(sandbox).await;
    node.execute_with("UPDATE operations SET task_id = $1 WHERE id = $2", &[&task, &stop]).await;
    node.execute_with("UPDATE snapshots SET task_id = $1 WHERE id = $2", &[&task, &made[1]]).await;
    node.reconcile_keeping(1).await;
    let left = async || {
        let mut left = Vec::new();
        for id in &made {
            left.push(node.is_left(*id).await);
        }
        left
    };
    assert_eq!(left().await, [true, true, false, true]);
    let worker = node.worker().await;
    for id in [fork, stop] {
        assert_eq!(node.end(id).await.status, OperationStatus::Succeeded);
    }
    worker.stop().await;
    node.reconcile_keeping(1).await;
    assert_eq!(left().await, [false, false, false, true]);
    node.assert_consistent().await;
}

#[tokio::test]
async fn failed_ones_go_with_their_neighbours_and_count_for_none() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let sandbox = node.create(node.app("one").await).await;
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(node.checkpoint(sandbox, &number.to_string()).await);
    }
    worker.stop().await;
    for failed in [made[0], made[3], made[4]] {
        let sql = "UPDATE snapshots SET status = 'failed', layer_id = NULL WHERE id = $1";
        node.execute_with(sql, &[&failed]).await;
    }
    node.reconcile_keeping(1).await;
    let mut left = Vec::new();
    for id in &made {
        left.push(node.is_left(*id).await);
    }
    assert_eq!(left, [false, false, true, true, true]);
}
