//! Sandboxes of projects, and a sandbox's settings.

use futures::future::join_all;
use serde_json::json;

use crate::support::{TestApp, id};

fn project(name: &str) -> serde_json::Value {
    json!({ "project": { "id": name, "user_id": "u1" } })
}

#[tokio::test]
async fn a_project_gets_an_app_and_a_sandbox_and_then_the_same_one() {
    let app = TestApp::new().await;
    let accepted = app.post("/v1/sandboxes", project("shop")).await;
    let (app_id, sandbox) =
        (id(&accepted.expect(202).json, "app_id"), id(&accepted.json, "sandbox_id"));
    let made = app.get(&format!("/v1/apps/{app_id}")).await.json;
    assert_eq!(made["name"], "shop");
    assert_eq!(made["external_user_id"], "u1");
    assert_eq!(made["external_project_id"], "shop");
    assert_eq!(made["current_sandbox_id"], sandbox.as_str());
    let before = app.fingerprint().await;
    let same = app.post("/v1/sandboxes", project("shop")).await;
    assert_eq!(same.expect(200).json["id"], sandbox.as_str());
    assert_eq!(app.fingerprint().await, before);
    app.post("/v1/sandboxes", project("other")).await.expect(202);
    let bobs = app.ask("POST", "/v1/sandboxes").token(crate::support::BOB);
    bobs.json(&project("shop")).send().await.expect(202);
}

#[tokio::test]
async fn a_project_that_is_asked_for_many_times_at_once_is_made_once() {
    let app = TestApp::new().await;
    let asked = (0..20).map(|_| app.post("/v1/sandboxes", project("shop")));
    let mut accepted = 0;
    for reply in join_all(asked).await {
        match reply.status {
            202 => accepted += 1,
            status => assert_eq!(status, 200, "{}", reply.text),
        }
    }
    assert_eq!(accepted, 1);
    let apps = app.get("/v1/apps").await.json;
    assert_eq!(apps["apps"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_project_whose_sandbox_could_not_be_made_gets_another_in_the_same_app() {
    let app = TestApp::new().await;
    let first = app.post("/v1/sandboxes", project("shop")).await.json;
    let error = sandboxd_shared::domain::ErrorBody::new(
        sandboxd_shared::domain::ErrorCode::Internal,
        "broken",
    );
    app.worker().fail(&id(&first, "id"), error).await;
    let second = app.post("/v1/sandboxes", project("shop")).await;
    assert_eq!(second.expect(202).json["app_id"], first["app_id"]);
    assert_ne!(second.json["sandbox_id"], first["sandbox_id"]);
}

#[tokio::test]
async fn a_project_may_begin_with_a_snapshot() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let spec = json!({ "template": "python", "ports": [5000], "visibility": "private" });
    let created = app.done(app.post(&format!("/v1/apps/{shop}/sandbox"), spec).await).await;
    let source = id(&created, "sandbox_id");
    let capture = json!({ "source_sandbox_id": source, "name": "s", "live": true });
    let snapshot = id(&app.done(app.post("/v1/snapshots", capture).await).await, "snapshot_id");
    let mut body = project("copy");
    body["from_snapshot"] = json!(snapshot);
    let sandbox = id(&app.post("/v1/sandboxes", body.clone()).await.expect(202).json, "sandbox_id");
    let made = app.get(&format!("/v1/sandboxes/{sandbox}")).await.json;
    assert_eq!(made["base_snapshot_id"], snapshot.as_str());
    assert_eq!(made["template"], "python");
    assert_eq!(made["ports"], json!([5000]));
    assert_eq!(made["visibility"], "private");
    body["template"] = json!("static");
    app.post("/v1/sandboxes", body).await.expect_field("template");
}

#[tokio::test]
async fn settings_change_one_by_one() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let path = format!("/v1/sandboxes/{sandbox}");
    let changed = app.patch(&path, json!({ "visibility": "private" })).await;
    assert_eq!(changed.expect(200).json["visibility"], "private");
    assert_eq!(changed.json["idle_policy"], "sleep");
    let changed =
        app.patch(&path, json!({ "idle_policy": "always_on", "idle_after": "90s" })).await;
    assert_eq!(changed.expect(200).json["idle_policy"], "always_on");
    assert_eq!(changed.json["idle_after"], "1m 30s");
    assert_eq!(changed.json["visibility"], "private");
    let never = app.patch(&path, json!({ "idle_after": "0" })).await;
    assert_eq!(never.expect(200).json["idle_after"], "0s");
    for bad in ["soon", "1ms", "366days", "-1s", ""] {
        app.patch(&path, json!({ "idle_after": bad })).await.expect_field("idle_after");
    }
}

#[tokio::test]
async fn limits_are_bounded() {
    let app = TestApp::new().await;
    let path = format!("/v1/apps/{}/sandbox", app.app("shop").await);
    for (limits, field) in [
        (json!({ "memory": "1m" }), "limits.memory"),
        (json!({ "memory": "9999g" }), "limits.memory"),
        (json!({ "memory": "much" }), "limits.memory"),
        (json!({ "memory": -1 }), "limits.memory"),
        (json!({ "cpus": 0 }), "limits.cpus"),
        (json!({ "cpus": 1e9 }), "limits.cpus"),
        (json!({ "pids": 1 }), "limits.pids"),
        (json!({ "disk": "1k" }), "limits.disk"),
        (json!({ "swap": "1g" }), "limits.swap"),
        (json!(["1g"]), "limits"),
    ] {
        app.post(&path, json!({ "limits": limits })).await.expect_field(field);
    }
}
