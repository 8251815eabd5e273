//! Who works, on what; what waits.

use serde_json::json;

use crate::support::{BOB, TestApp, id};

#[tokio::test]
async fn workers_show_what_they_run_and_not_whose() {
    let app = TestApp::new().await;
    let worker = app.worker();
    worker.beat("node-1").await;
    let shop = app.app("shop").await;
    let made = app.post(&format!("/v1/apps/{shop}/sandbox"), json!({})).await;
    worker.claim(&id(&made.json, "id")).await;

    let own = app.get("/v1/workers").await;
    let seen = &own.expect(200).json["workers"][0];
    assert_eq!(seen["name"], "worker-by-hand");
    assert_eq!(seen["node"], "node-1");
    assert_eq!(seen["queues"], json!(["control"]));
    assert_eq!(seen["alive"], true);
    assert_eq!(seen["running"], 1);
    assert_eq!(seen["operations"][0]["id"], made.json["id"]);
    assert_eq!(seen["operations"][0]["kind"], "sandbox.create");

    let bobs = app.ask("GET", "/v1/workers").token(BOB).send().await;
    let seen = &bobs.expect(200).json["workers"][0];
    assert_eq!(seen["running"], 1);
    assert_eq!(seen["operations"], json!([]));
    assert!(!bobs.text.contains(&shop), "{}", bobs.text);
}

#[tokio::test]
async fn queues_show_what_waits_and_what_ended() {
    let app = TestApp::new().await;
    app.worker().beat("node-1").await;
    assert_eq!(app.get("/v1/queues").await.expect(200).json, json!({ "queues": [] }));
    let (_, first) = app.running().await;
    let (_, second) = app.running().await;
    for sandbox in [&first, &second] {
        app.post(&format!("/v1/sandboxes/{sandbox}/stop"), json!({})).await.expect(202);
    }
    let queued = app.get("/v1/operations?status=queued").await.json;
    app.worker().claim(&id(&queued["operations"][0], "id")).await;
    let seen = app.get("/v1/queues").await.json["queues"][0].clone();
    assert_eq!((&seen["node"], &seen["queue"]), (&json!("node-1"), &json!("control")));
    assert_eq!((&seen["depth"], &seen["running"]), (&json!(1), &json!(1)));
    assert_eq!(seen["oldest_queued_at"], queued["operations"][1]["created_at"]);
    assert!(seen["oldest_age_ms"].as_i64().is_some_and(|age| (0..15_000).contains(&age)));
    assert_eq!((&seen["ended_per_minute"], &seen["failed_per_minute"]), (&json!(2), &json!(0)));
}
