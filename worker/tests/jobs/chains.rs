//! Layers: which are garbage, chains that grow deep, merges that meet other operations.

use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{Layer, LayerState, OperationStatus};
use sandboxd_shared::ids::{OperationId, SandboxId};
use sandboxd_shared::jobs::{compact_layer, fork_app, input};
use sandboxd_shared::store::{layers, leases};
use sandboxd_worker::failpoint::{Action, arm};
use sandboxd_worker::sandbox::container_name;

use crate::files::{Files, files};
use crate::node::{NODE, TestNode};
use crate::trial::Trial;

impl TestNode {
    /// The layer that a live capture is making.
    async fn live_layer(&self, operation: OperationId) -> Option<String> {
        let mut conn = self.store.read().await.unwrap();
        sqlx::query_scalar("SELECT id FROM layers WHERE source = $1 AND state <> 'deleting'")
            .bind(format!("live/{operation}"))
            .fetch_optional(&mut *conn)
            .await
            .unwrap()
    }

    /// Stops and starts until the workspace's chain is as deep as it may be. Nobody merges it in
    /// the background meanwhile.
    async fn dig(&self, sandbox: SandboxId) -> Files {
        let limit = i64::try_from(self.driver.max_depth()).unwrap();
        self.execute(
            "CREATE TRIGGER shut BEFORE UPDATE OF status ON operations \
             WHEN NEW.kind = 'layer.compact' AND NEW.status = 'running' \
             BEGIN SELECT RAISE(ABORT, 'shut'); END",
        )
        .await;
        for round in 1.. {
            assert!(round <= limit);
            self.write(sandbox, "a", &round.to_string()).await;
            self.stop(sandbox).await;
            if self.depth(sandbox).await == limit {
                self.execute("DELETE FROM operations WHERE kind = 'layer.compact'").await;
                self.execute("DROP TRIGGER shut").await;
                return files([("a", &round.to_string())]);
            }
            self.start(sandbox).await;
        }
        unreachable!()
    }

    async fn depth(&self, sandbox: SandboxId) -> i64 {
        let base = self.generation(sandbox).await.base_layer_id;
        let mut conn = self.store.read().await.unwrap();
        sqlx::query_scalar("SELECT coalesce((SELECT depth FROM layers WHERE id = $1), 0)")
            .bind(base)
            .fetch_one(&mut *conn)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_captured_layer_is_no_garbage_before_its_snapshot_is_written() {
    let node = TestNode::alone().await;
    let _worker = node.worker().await;
    let ground = Trial::CaptureLive.prepare(&node).await;
    let sandbox = ground.sandbox.unwrap();
    for point in ["publish.synced", "snapshot.capture.copy_workspace"] {
        arm(point, Action::Error);
        let (id, snapshot) = node.ask_capture(sandbox).await;
        node.until("it is to be tried again", || async {
            let row = node.operation(id).await;
            (row.status == OperationStatus::Queued && row.attempt == 1).then_some(())
        })
        .await;
        let made = node.live_layer(id).await.unwrap();
        node.reconcile().await;
        assert_eq!(node.live_layer(id).await, Some(made), "{point}");
        node.succeed(id).await;
        node.reconcile().await;
        assert_eq!(node.snapshot_files(snapshot).await, files([("a", "new")]), "{point}");
        node.assert_consistent().await;
    }
}

#[tokio::test]
async fn layers_go_from_the_top_when_nothing_stands_on_them() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    let sandbox = node.create(app).await;
    let mut snapshots = Vec::new();
    for text in ["1", "2", "3"] {
        node.write(sandbox, "a", text).await;
        node.stop(sandbox).await;
        snapshots.push(node.capture(sandbox).await);
        node.start(sandbox).await;
    }
    worker.stop().await;
    let layers = "SELECT count(*) FROM layers";
    assert_eq!(node.count(layers).await, 3);
    // What is in the middle stays for what is above it.
    node.delete_snapshot(snapshots[1]).await;
    node.reconcile().await;
    assert_eq!(node.count(layers).await, 3);
    assert_eq!(node.snapshot_files(snapshots[2]).await, files([("a", "3")]));
    assert_eq!(node.snapshot_files(snapshots[0]).await, files([("a", "1")]));
    let worker = node.worker().await;
    node.restore(app, snapshots[0]).await;
    let safety = node.sandbox(sandbox).await.unwrap();
    assert_eq!(safety.base_snapshot_id, Some(snapshots[0]));
    node.delete_snapshot(snapshots[2]).await;
    node.execute("DELETE FROM snapshots WHERE kind = 'safety'").await;
    worker.stop().await;
    node.reconcile().await;
    assert_eq!(node.count(layers).await, 1, "the first, for a snapshot and the workspace");
    assert_eq!(node.files(sandbox).await, files([("a", "1")]));
}

#[tokio::test]
async fn a_chain_never_outgrows_its_limit() {
    let node = TestNode::with_short_chains().await;
    let limit = i64::try_from(node.driver.max_depth()).unwrap();
    assert!((8..20).contains(&limit), "{limit}");
    let worker = node.worker().await;
    let app = node.app("one").await;
    let sandbox = node.create(app).await;
    let mut wanted = Files::new();
    for round in 0..2 * limit {
        let (path, text) = (format!("f{}", round % 7), round.to_string());
        node.write(sandbox, &path, &text).await;
        wanted.insert(path, text);
        if round % 5 == 4 {
            let gone = format!("f{}", (round + 2) % 7);
            node.delete(sandbox, &gone).await;
            wanted.remove(&gone);
        }
        node.stop(sandbox).await;
        assert!(node.depth(sandbox).await <= limit);
        node.start(sandbox).await;
        assert_eq!(node.files(sandbox).await, wanted, "round {round}");
    }
    // Never stopped: each restore stands on a live capture of the one before.
    for round in 0..2 * limit {
        node.write(sandbox, "g", &round.to_string()).await;
        let snapshot = node.capture(sandbox).await;
        node.restore(app, snapshot).await;
        wanted.insert("g".to_owned(), round.to_string());
        assert_eq!(node.files(sandbox).await, wanted, "round {round}");
    }
    node.delete_everything().await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

#[tokio::test]
async fn children_of_a_deep_snapshot_share_one_merge() {
    let node = TestNode::with_short_chains().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    let sandbox = node.create(app).await;
    let wanted = node.dig(sandbox).await;
    let snapshot = node.capture(sandbox).await;
    let id = node.ask_fork(app, snapshot, 4).await;
    let done = node.succeed(id).await;
    assert_eq!(done.attempt, 1, "they take turns");
    for child in input::<fork_app::Input>(&done).unwrap().children {
        assert_eq!(node.files(child.sandbox_id).await, wanted);
        assert_eq!(node.depth(child.sandbox_id).await, 1);
    }
    assert_eq!(node.snapshot_files(snapshot).await, wanted);
    let flat = "SELECT count(*) FROM layers WHERE flat_of IS NOT NULL";
    assert_eq!(node.count(flat).await, 1);
    worker.stop().await;
}

#[tokio::test]
async fn a_merge_that_a_start_began_goes_with_what_it_merged() {
    let node = TestNode::alone_with_short_chains().await;
    let worker = node.worker().await;
    let sandbox = node.create(node.app("one").await).await;
    let wanted = node.dig(sandbox).await;
    arm("flatten.renamed", Action::Error);
    let id = node.ask_start(sandbox).await;
    node.until("it is to be tried again", || async {
        let row = node.operation(id).await;
        (row.status == OperationStatus::Queued && row.attempt == 1).then_some(())
    })
    .await;
    node.cancel(id).await.unwrap();
    assert_eq!(node.end(id).await.status, OperationStatus::Cancelled);
    assert_eq!(node.files(sandbox).await, wanted);
    node.delete_everything().await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

#[tokio::test]
async fn a_merge_moves_no_workspace_that_an_operation_has() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::Compact.prepare(&node).await;
    worker.stop().await;
    let layer = ground.layer.unwrap();
    let flat = Layer {
        id: "flat".to_owned(),
        node: NODE.to_owned(),
        parent_id: None,
        depth: 1,
        state: LayerState::Sealing,
        source: format!("flat/{layer}"),
        flat_of: Some(layer.clone()),
        size_bytes: None,
    };
    // It may be about to record what it found the workspace to stand on.
    let id = node.ask_start(ground.sandbox.unwrap()).await;
    for moved in [0, 1] {
        let mut tx = node.store.write().await.unwrap();
        layers::insert(&mut tx, &flat, node.clock.now()).await.unwrap();
        let result = compact_layer::succeed(&mut tx, &layer, "flat").await.unwrap();
        assert_eq!(result["generations_moved"], moved);
        tx.rollback().await.unwrap();
        let _ = node.cancel(id).await;
    }
}

#[tokio::test]
async fn a_merge_that_was_given_up_is_not_stood_on() {
    let node = TestNode::alone().await;
    let _worker = node.worker().await;
    let ground = Trial::Compact.prepare(&node).await;
    node.execute(
        "CREATE TRIGGER once AFTER INSERT ON operations WHEN NEW.kind = 'layer.compact' \
         BEGIN UPDATE operations SET max_attempts = 1 WHERE id = NEW.id; END",
    )
    .await;
    arm("flatten.renamed", Action::Error);
    let id = Trial::Compact.ask(&node, &ground).await;
    node.execute("DROP TRIGGER once").await;
    assert_eq!(node.end(id).await.status, OperationStatus::Failed);
    let id = Trial::Compact.ask(&node, &ground).await;
    let done = node.end_by_itself(id).await;
    node.reconcile().await;
    assert_eq!(done.status, OperationStatus::Succeeded);
    Trial::Compact.check(&node, &ground, &done).await;
    node.assert_consistent().await;
}

#[tokio::test]
async fn a_merge_of_what_is_gone_leaves_nothing() {
    let node = TestNode::alone().await;
    let worker = node.worker().await;
    let ground = Trial::Compact.prepare(&node).await;
    arm("flatten.merged", Action::Error);
    let id = Trial::Compact.ask(&node, &ground).await;
    node.until("it is to be tried again", || async {
        let row = node.operation(id).await;
        (row.status == OperationStatus::Queued && row.attempt == 1).then_some(())
    })
    .await;
    node.delete_everything().await;
    node.reconcile().await;
    node.end(id).await;
    worker.stop().await;
    node.assert_nothing_left().await;
}

#[tokio::test]
async fn an_emptied_workspace_stays_empty() {
    for node in [TestNode::new().await, TestNode::with_copies().await] {
        let worker = node.worker().await;
        let app = node.app("one").await;
        let sandbox = node.create(app).await;
        node.write(sandbox, "a", "1").await;
        node.stop(sandbox).await;
        node.start(sandbox).await;
        node.delete(sandbox, "a").await;
        node.stop(sandbox).await;
        assert_eq!(node.files(sandbox).await, files([]));
        let snapshot = node.capture(sandbox).await;
        assert_eq!(node.snapshot_files(snapshot).await, files([]));
        node.start(sandbox).await;
        node.engine.kill(&container_name(sandbox).unwrap(), 0);
        assert_eq!(node.files(sandbox).await, files([]));
        worker.stop().await;
    }
}

#[tokio::test]
async fn no_layer_goes_while_a_backup_is_taken() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    let sandbox = node.create(app).await;
    node.write(sandbox, "a", "1").await;
    let snapshot = node.capture(sandbox).await;
    worker.stop().await;
    let layers = "SELECT count(*) FROM layers";
    assert_eq!(node.count(layers).await, 1);
    let mut tx = node.store.write().await.unwrap();
    let now = node.clock.now();
    let until = now.plus(std::time::Duration::from_mins(1));
    assert!(leases::hold(&mut tx, leases::BACKUP, "a backup", now, until).await.unwrap());
    tx.commit().await.unwrap();
    node.delete_snapshot(snapshot).await;
    node.reconcile().await;
    assert_eq!(node.count(layers).await, 1, "the backup's copy of the database names it");
    // A backup that died keeps nothing for longer than its lease.
    node.clock.advance(std::time::Duration::from_secs(61));
    node.reconcile().await;
    assert_eq!(node.count(layers).await, 0);
}

#[tokio::test]
async fn a_workspace_of_which_only_the_row_came_back_is_made() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    let sandbox = node.create(app).await;
    node.write(sandbox, "a", "1").await;
    node.stop(sandbox).await;
    worker.stop().await;
    let workspaces = node.options.data_dir.join("w");
    std::fs::remove_dir_all(&workspaces).unwrap();
    std::fs::create_dir(&workspaces).unwrap();
    node.reconcile().await;
    assert_eq!(node.files(sandbox).await, files([("a", "1")]));
    node.assert_consistent().await;
}
