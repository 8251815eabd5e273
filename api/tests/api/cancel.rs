//! Cancelling operations.

use serde_json::{Value, json};

use crate::support::{TestApp, id};

#[tokio::test]
async fn a_queued_operation_is_cancelled_at_once() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let stop = app.post(&format!("/v1/sandboxes/{sandbox}/stop"), json!({})).await;
    let path = format!("{}/cancel", stop.header("location"));
    let cancelled = app.ask("POST", &path).send().await;
    assert_eq!(cancelled.expect(202).json["status"], "cancelled");
    assert_eq!(cancelled.header("location"), stop.header("location"));
    let seen = app.get(&format!("/v1/sandboxes/{sandbox}")).await.json;
    assert_eq!((&seen["status"], &seen["active_operation_id"]), (&json!("running"), &Value::Null));
    let events = app.get(&format!("/v1/events?operation_id={}", id(&stop.json, "id"))).await.json;
    assert_eq!(events["events"][0]["type"], "operation.cancelled");
    let again = app.post(&path, json!({})).await;
    again.expect_error(409, "conflict");
    assert_eq!(again.json["error"]["details"]["status"], "cancelled");
}

#[tokio::test]
async fn a_running_operation_is_asked_to_end() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let stop = app.post(&format!("/v1/sandboxes/{sandbox}/stop"), json!({})).await;
    app.worker().claim(&id(&stop.json, "id")).await;
    let path = format!("{}/cancel", stop.header("location"));
    let asked = app.post(&path, json!({})).await;
    assert_eq!(asked.expect(202).json["status"], "running");
    assert_eq!(asked.json["cancel_requested"], true);
    let joined = app.post(&format!("/v1/sandboxes/{sandbox}/stop"), json!({})).await;
    joined.expect_error(409, "operation_in_progress");
}

#[tokio::test]
async fn a_finished_operation_is_not_cancelled() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let stop = app.post(&format!("/v1/sandboxes/{sandbox}/stop"), json!({})).await;
    let path = format!("{}/cancel", stop.header("location"));
    app.done(stop).await;
    let before = app.fingerprint().await;
    let refused = app.post(&path, json!({})).await;
    refused.expect_error(409, "conflict");
    assert_eq!(refused.json["error"]["details"]["status"], "succeeded");
    assert_eq!(app.fingerprint().await, before);
}

#[tokio::test]
async fn a_cancelled_fork_leaves_no_child() {
    let app = TestApp::new().await;
    let (shop, _, snapshot) = app.captured().await;
    let body = json!({ "snapshot_id": snapshot, "count": 4 });
    let fork = app.post(&format!("/v1/apps/{shop}/fork"), body).await;
    assert_eq!(app.get("/v1/apps").await.json["apps"].as_array().unwrap().len(), 5);
    app.post(&format!("{}/cancel", fork.header("location")), json!({})).await.expect(202);
    assert_eq!(app.get("/v1/apps").await.json["apps"].as_array().unwrap().len(), 1);
    assert_eq!(app.get("/v1/sandboxes").await.json["sandboxes"].as_array().unwrap().len(), 1);
}
