//! Previews: ready once after what brought them up, failed after patience, and back.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sandboxd_shared::domain::PreviewStatus;
use sandboxd_shared::ids::{AppId, SandboxId};
use sandboxd_worker::health::{Pace, Watch};
use sandboxd_worker::runtime::fake::Call;
use sandboxd_worker::sandbox::Place;
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::node::{NODE, TestNode};
use crate::trial::Trial;

const PACE: Pace = Pace {
    coming_up: Duration::from_millis(10),
    patience: Duration::from_millis(200),
    interval: Duration::from_millis(20),
    failures: 3,
};

/// A watch of the test's own, at its pace.
fn watch(node: &TestNode) -> DropGuard {
    let shutdown = CancellationToken::new();
    let watch = Watch {
        pace: PACE,
        store: node.store.clone(),
        changes: node.changes.clone(),
        node: NODE.to_owned(),
        prober: Arc::clone(&node.prober) as _,
        init: Arc::clone(&node.init) as _,
        place: Place::new(node.options.sandbox_runs()),
    };
    tokio::spawn(watch.run(shutdown.clone()));
    shutdown.drop_guard()
}

impl TestNode {
    async fn preview(&self, sandbox: SandboxId, status: PreviewStatus) {
        self.until(&format!("the preview is {status}"), || async {
            (self.sandbox(sandbox).await.unwrap().preview_status == status).then_some(())
        })
        .await;
    }

    async fn address(&self, sandbox: SandboxId) -> IpAddr {
        self.sandbox(sandbox).await.unwrap().address.unwrap()
    }

    /// Type and payload of the app's health events.
    async fn told(&self, app: AppId) -> Vec<(String, Value)> {
        let events = self.app_events(app).await.into_iter();
        let events = events.filter(|event| event.kind.starts_with("preview."));
        events.map(|event| (event.kind, event.payload)).collect()
    }
}

fn ok(after: &str) -> (String, Value) {
    let payload = json!({ "preview_status": "ready", "has_preview_error": false, "after": after });
    ("preview.health.ok".to_owned(), payload)
}

fn failed(after: &str) -> (String, Value) {
    let payload = json!({ "preview_status": "error", "has_preview_error": true, "after": after });
    ("preview.health.failed".to_owned(), payload)
}

/// A sandbox, and nobody who works any more.
async fn made(node: &TestNode, trial: Trial) -> (AppId, SandboxId) {
    let worker = node.worker().await;
    let ground = trial.prepare(node).await;
    let id = trial.ask(node, &ground).await;
    let done = node.succeed(id).await;
    worker.stop().await;
    (ground.app, done.sandbox_id.unwrap())
}

#[tokio::test]
async fn a_preview_is_told_of_when_it_answers_and_when_it_stops_to() {
    let node = TestNode::new().await;
    let (app, sandbox) = made(&node, Trial::Create).await;
    let row = node.sandbox(sandbox).await.unwrap();
    assert_eq!(row.preview_status, PreviewStatus::Starting);
    let address = node.address(sandbox).await;
    let _watch = watch(&node);

    // Not found is an answer.
    node.prober.answer(address, Some(404));
    node.preview(sandbox, PreviewStatus::Ready).await;
    assert_eq!(node.told(app).await, [ok("create")]);
    assert_eq!(node.sandbox(sandbox).await.unwrap().preview_http_status, Some(404));
    // Another healthy answer is written down and is no news.
    node.prober.answer(address, Some(200));
    node.until("the answer is seen", || async {
        (node.sandbox(sandbox).await.unwrap().preview_http_status == Some(200)).then_some(())
    })
    .await;
    assert_eq!(node.told(app).await, [ok("create")]);

    node.prober.answer(address, Some(502));
    node.preview(sandbox, PreviewStatus::Error).await;
    assert_eq!(node.told(app).await, [ok("create"), failed("interval")]);
    assert_eq!(node.sandbox(sandbox).await.unwrap().preview_http_status, Some(502));
    node.prober.answer(address, Some(200));
    node.preview(sandbox, PreviewStatus::Ready).await;
    assert_eq!(node.told(app).await, [ok("create"), failed("interval"), ok("interval")]);
}

#[tokio::test]
async fn what_does_not_come_up_has_failed_after_patience() {
    let node = TestNode::new().await;
    let (app, sandbox) = made(&node, Trial::RestoreRunning).await;
    let since = std::time::Instant::now();
    let _watch = watch(&node);
    node.preview(sandbox, PreviewStatus::Error).await;
    assert!(since.elapsed() >= PACE.patience);
    assert_eq!(node.told(app).await, [failed("restore")]);
    node.prober.answer(node.address(sandbox).await, Some(200));
    node.preview(sandbox, PreviewStatus::Ready).await;
    assert_eq!(node.told(app).await, [failed("restore"), ok("interval")]);
}

#[tokio::test]
async fn an_app_without_a_dev_server_is_down_and_not_broken() {
    let node = TestNode::new().await;
    node.init.has_dev_server.store(false, Ordering::SeqCst);
    let (app, sandbox) = made(&node, Trial::Start).await;
    let _watch = watch(&node);
    node.preview(sandbox, PreviewStatus::Down).await;
    assert_eq!(node.told(app).await, []);
    node.prober.answer(node.address(sandbox).await, Some(200));
    node.preview(sandbox, PreviewStatus::Ready).await;
    assert_eq!(node.told(app).await, [ok("interval")]);
}

#[tokio::test]
async fn a_new_container_is_told_of_anew() {
    let node = TestNode::new().await;
    let (app, sandbox) = made(&node, Trial::Create).await;
    let _watch = watch(&node);
    node.prober.answer(node.address(sandbox).await, Some(200));
    node.preview(sandbox, PreviewStatus::Ready).await;
    let worker = node.worker().await;
    node.stop(sandbox).await;
    assert_eq!(node.sandbox(sandbox).await.unwrap().preview_status, PreviewStatus::Down);
    node.start(sandbox).await;
    node.prober.answer(node.address(sandbox).await, Some(200));
    node.preview(sandbox, PreviewStatus::Ready).await;
    assert_eq!(node.told(app).await, [ok("create"), ok("start")]);
    // A start of one that runs keeps its container and its preview.
    let starts = node.calls(Call::StartContainer);
    node.start(sandbox).await;
    assert_eq!(node.calls(Call::StartContainer), starts);
    assert_eq!(node.sandbox(sandbox).await.unwrap().preview_status, PreviewStatus::Ready);
    worker.stop().await;
}

#[tokio::test]
async fn children_of_a_fork_are_told_of_each() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::Fork.prepare(&node).await;
    let children = node.fork(ground.app, ground.snapshot.unwrap(), 2).await;
    worker.stop().await;
    let _watch = watch(&node);
    for child in children {
        node.prober.answer(node.address(child.sandbox_id).await, Some(200));
        node.preview(child.sandbox_id, PreviewStatus::Ready).await;
        assert_eq!(node.told(child.app_id).await, [ok("fork")]);
    }
}
