//! The life of a sandbox: what is accepted, what it looks like meanwhile, and what stands in the
//! way of what.

use serde_json::{Value, json};

use crate::support::{TestApp, id};

#[tokio::test]
async fn creating_is_accepted_and_visible_at_once() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let body = json!({
        "template": "static", "ports": [8080, 3000], "visibility": "private",
        "idle_policy": "always_on", "limits": { "memory": "512m", "cpus": 1.5, "disk": 33554432 },
    });
    let accepted = app.post(&format!("/v1/apps/{shop}/sandbox"), body).await;
    accepted.expect(202);
    let operation = id(&accepted.json, "id");
    assert_eq!(accepted.header("location"), format!("/v1/operations/{operation}"));
    assert_eq!(accepted.header("retry-after"), "1");
    assert_eq!(accepted.json["kind"], "sandbox.create");
    assert_eq!(accepted.json["status"], "queued");
    let read = app.get(accepted.header("location")).await;
    assert_eq!(read.json, accepted.json);
    let sandbox = id(&accepted.json, "sandbox_id");
    let seen = app.get(&format!("/v1/sandboxes/{sandbox}")).await.json;
    assert_eq!(seen["status"], "creating");
    assert_eq!(seen["active_operation_id"], operation.as_str());
    assert_eq!(seen["template"], "static");
    assert_eq!(seen["visibility"], "private");
    assert_eq!(seen["idle_policy"], "always_on");
    assert_eq!(seen["idle_after"], "35m");
    let limits =
        json!({ "memory_bytes": 512 << 20, "cpus": 1.5, "pids": 256, "disk_bytes": 32 << 20 });
    assert_eq!(seen["limits"], limits);
    let host = format!("http://s-{}", sandbox.to_lowercase());
    assert_eq!(seen["preview"]["url"], format!("{host}-8080.preview.example.test:18080/"));
    let other = &seen["preview"]["urls"]["3000"];
    assert_eq!(*other, format!("{host}-3000.preview.example.test:18080/"));
    assert_eq!(seen["preview"]["status"], "down");
    let seen = app.get(&format!("/v1/apps/{shop}")).await.json;
    assert_eq!(seen["current_sandbox_id"], sandbox.as_str());
}

#[tokio::test]
async fn a_finished_operation_shows_what_it_made() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let accepted = app.post(&format!("/v1/apps/{shop}/sandbox"), json!({})).await;
    let ended = app.done(accepted).await;
    assert_eq!(ended["status"], "succeeded");
    assert_eq!(ended["attempt"], 1);
    assert_eq!(ended["worker"], "worker-by-hand");
    assert!(ended["queue_ms"].as_i64().is_some_and(|ms| ms >= 0));
    assert_eq!(ended["result"]["app"]["id"], shop.as_str());
    assert_eq!(ended["result"]["sandbox"]["status"], "running");
    assert_eq!(ended["result"]["sandbox"]["template"], "react-standard");
    assert_eq!(ended["result"]["sandbox"]["ports"], json!([3000]));
    assert_eq!(ended["error"], Value::Null);
}

#[tokio::test]
async fn a_sandbox_is_stopped_started_and_deleted() {
    let app = TestApp::new().await;
    let (shop, sandbox) = app.running().await;
    let path = format!("/v1/sandboxes/{sandbox}");
    for (act, meanwhile, after) in
        [("stop", "stopping", "stopped"), ("start", "starting", "running")]
    {
        let accepted = app.ask("POST", &format!("{path}/{act}")).send().await;
        accepted.expect(202);
        assert_eq!(app.get(&path).await.json["status"], meanwhile);
        let again = app.post(&format!("{path}/{act}"), json!({})).await;
        assert_eq!(again.expect(202).json["id"], accepted.json["id"], "an equal one is joined");
        app.done(accepted).await;
        assert_eq!(app.get(&path).await.json["status"], after);
    }
    let accepted = app.delete(&path).await;
    assert_eq!(app.get(&path).await.json["status"], "deleting");
    app.patch(&path, json!({ "visibility": "public" }))
        .await
        .expect_error(409, "operation_in_progress");
    let ended = app.done(accepted).await;
    assert_eq!(ended["result"]["sandbox"], Value::Null, "it is gone");
    app.get(&path).await.expect_error(404, "not_found");
    assert_eq!(app.get(&format!("/v1/apps/{shop}")).await.json["current_sandbox_id"], Value::Null);
}

#[tokio::test]
async fn a_different_operation_on_a_held_sandbox_names_the_one_in_the_way() {
    let app = TestApp::new().await;
    let (shop, sandbox, snapshot) = app.captured().await;
    let start = app.post(&format!("/v1/sandboxes/{sandbox}/start"), json!({})).await;
    let holder = id(&start.json, "id");
    let capture = json!({ "source_sandbox_id": sandbox, "name": "x", "live": true });
    let before = app.fingerprint().await;
    for refused in [
        app.post(&format!("/v1/sandboxes/{sandbox}/stop"), json!({})).await,
        app.delete(&format!("/v1/sandboxes/{sandbox}")).await,
        app.delete(&format!("/v1/apps/{shop}")).await,
        app.post("/v1/snapshots", capture).await,
        app.post(&format!("/v1/apps/{shop}/restore"), json!({ "snapshot_id": snapshot })).await,
    ] {
        refused.expect_error(409, "operation_in_progress");
        assert_eq!(refused.json["error"]["details"]["operation_id"], holder.as_str());
        assert_eq!(refused.json["error"]["retryable"], true);
    }
    assert_eq!(app.fingerprint().await, before, "a refusal changes nothing");
}

#[tokio::test]
async fn an_app_has_one_sandbox_and_replaces_one_that_could_not_be_made() {
    let app = TestApp::new().await;
    let (shop, _) = app.running().await;
    let before = app.fingerprint().await;
    let second = app.post(&format!("/v1/apps/{shop}/sandbox"), json!({})).await;
    second.expect_error(409, "conflict");
    assert_eq!(second.json["error"]["details"]["status"], "running");
    assert_eq!(app.fingerprint().await, before);

    let other = app.app("other").await;
    let path = format!("/v1/apps/{other}/sandbox");
    let first = app.post(&path, json!({})).await.json;
    let error = sandboxd_shared::domain::ErrorBody::new(
        sandboxd_shared::domain::ErrorCode::Capacity,
        "no memory",
    );
    app.worker().fail(&id(&first, "id"), error).await;
    let failed = app.get(&format!("/v1/sandboxes/{}", id(&first, "sandbox_id"))).await.json;
    assert_eq!(
        (&failed["status"], &failed["status_reason"]),
        (&json!("error"), &json!("no memory"))
    );
    let operation = app.get(&format!("/v1/operations/{}", id(&first, "id"))).await.json;
    assert_eq!(operation["error"]["code"], "capacity");
    assert_eq!(operation["error"]["retryable"], true);
    let second = app.post(&path, json!({})).await;
    assert_ne!(second.expect(202).json["sandbox_id"], first["sandbox_id"]);
}

#[tokio::test]
async fn new_sandboxes_go_where_a_worker_was_heard_of_last() {
    let app = TestApp::new().await;
    let node = async |reply: crate::support::Reply| {
        app.worker().look(&id(&reply.expect(202).json, "id")).await.node
    };
    let path = format!("/v1/apps/{}/sandbox", app.app("one").await);
    assert_eq!(node(app.post(&path, json!({})).await).await, "node-of-the-settings");
    app.worker().beat("node-that-lives").await;
    let path = format!("/v1/apps/{}/sandbox", app.app("two").await);
    assert_eq!(node(app.post(&path, json!({})).await).await, "node-that-lives");
}
