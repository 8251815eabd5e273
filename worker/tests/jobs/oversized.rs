//! A workspace that holds more than it may stops its sandbox, which starts again once it is smaller.

use std::time::Duration;

use sandboxd_shared::domain::{ErrorCode, IdlePolicy, OperationStatus, SandboxStatus};
use sandboxd_shared::ids::SandboxId;
use sandboxd_worker::idle::Oversized;
use serde_json::json;

use crate::node::TestNode;

const MIB: usize = 1 << 20;

impl TestNode {
    async fn look_at_sizes(&self) {
        let oversized = Oversized {
            store: self.store.clone(),
            node: crate::node::NODE.to_owned(),
            storage: self.containers().storage,
        };
        oversized.once().await.unwrap();
    }

    async fn until_stopped(&self, sandbox: SandboxId) {
        self.until("it is stopped", || async {
            (self.status(sandbox).await.0 == SandboxStatus::Stopped).then_some(())
        })
        .await;
    }

    async fn may_have(&self, sandbox: SandboxId, bytes: usize) {
        let sql =
            "UPDATE sandboxes SET limits = json_set(limits, '$.disk_bytes', $2) WHERE id = $1";
        let mut tx = self.store.write().await.unwrap();
        let done = sqlx::query(sql).bind(sandbox).bind(i64::try_from(bytes).unwrap());
        assert_eq!(done.execute(&mut *tx).await.unwrap().rows_affected(), 1);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn what_holds_too_much_is_stopped_and_starts_once_it_holds_less() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let (app, sandbox) = node.running_app("shop").await;
    node.change(sandbox, IdlePolicy::AlwaysOn, None).await;
    node.may_have(sandbox, 4 * MIB).await;
    node.write(sandbox, "half", &"x".repeat(3 * MIB)).await;
    node.look_at_sizes().await;
    node.assert_running(sandbox).await;
    node.write(sandbox, "rest", &"x".repeat(2 * MIB)).await;
    node.look_at_sizes().await;
    node.until_stopped(sandbox).await;
    let why = Some("disk_limit".to_owned());
    assert_eq!(node.status(sandbox).await, (SandboxStatus::Stopped, why));
    assert_eq!(node.reasons(app).await.last().unwrap().1, json!("disk_limit"));

    // However often it is tried, and whatever its policy.
    for _ in 0..2 {
        let refused = node.end(node.ask_start(sandbox).await).await;
        assert_eq!(refused.status, OperationStatus::Failed);
        let error = refused.error.unwrap();
        assert_eq!(error.code, ErrorCode::Conflict);
        assert!(error.message.contains("holds 5 MiB and may have 4: delete files"), "{error:?}");
        node.clock.advance(Duration::from_mins(20));
        node.upkeep(Duration::ZERO, 0).await;
        node.assert_stopped(sandbox).await;
    }

    node.delete(sandbox, "half").await;
    node.start(sandbox).await;
    node.assert_running(sandbox).await;
    // What was deleted doesn't count.
    node.look_at_sizes().await;
    node.assert_running(sandbox).await;
    worker.stop().await;
}

#[tokio::test]
async fn what_was_sealed_counts_too() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let (_, sandbox) = node.running_app("shop").await;
    node.may_have(sandbox, 4 * MIB).await;
    for name in ["one", "two"] {
        node.write(sandbox, name, &"x".repeat(2 * MIB)).await;
        node.stop(sandbox).await;
        node.start(sandbox).await;
        node.look_at_sizes().await;
        node.assert_running(sandbox).await;
    }
    node.write(sandbox, "three", &"x".repeat(MIB)).await;
    node.look_at_sizes().await;
    node.until_stopped(sandbox).await;
    worker.stop().await;
}
