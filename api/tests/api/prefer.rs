//! `Prefer: wait=N`: the finished thing in place of the operation.

use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use serde_json::{Value, json};

use crate::support::{Ask, Reply, TestApp, id};

/// A request that waits while the suite's worker does what it asks for.
async fn waited(app: &TestApp, ask: Ask) -> Reply {
    let worker = app.worker();
    let (reply, _) = tokio::join!(ask.header("prefer", "wait=10").send(), worker.succeed_next());
    assert_eq!(reply.header("preference-applied"), "wait=10", "{}", reply.text);
    reply
}

async fn post(app: &TestApp, path: &str, body: Value) -> Reply {
    waited(app, app.ask("POST", path).json(&body)).await
}

#[tokio::test]
async fn each_kind_answers_with_its_finished_thing() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let created = post(&app, &format!("/v1/apps/{shop}/sandbox"), json!({})).await;
    assert_eq!(created.expect(201).json["status"], "running");
    let sandbox = format!("/v1/sandboxes/{}", id(&created.json, "id"));
    assert_eq!(created.header("location"), sandbox);

    let stopped = post(&app, &format!("{sandbox}/stop"), json!({})).await;
    assert_eq!(stopped.expect(200).json["status"], "stopped");
    assert_eq!(stopped.json["id"], created.json["id"]);

    let body = json!({ "source_sandbox_id": created.json["id"], "name": "s" });
    let snapshot = post(&app, "/v1/snapshots", body).await;
    assert_eq!(snapshot.expect(201).json["status"], "ready");
    let id = id(&snapshot.json, "id");
    assert_eq!(snapshot.header("location"), format!("/v1/snapshots/{id}"));

    let started = post(&app, &format!("{sandbox}/start"), json!({})).await;
    assert_eq!(started.expect(200).json["status"], "running");

    let restored =
        post(&app, &format!("/v1/apps/{shop}/restore"), json!({ "snapshot_id": id })).await;
    assert_eq!(restored.expect(201).json["id"], created.json["id"]);
    assert_eq!(restored.header("location"), sandbox);

    let forked = post(&app, &format!("/v1/apps/{shop}/fork"), json!({ "snapshot_id": id })).await;
    assert_eq!(forked.expect(201).json["app"]["name"], "shop (fork)");
    assert_eq!(forked.json["sandbox"]["status"], "running");

    let project = json!({ "project": { "id": "p", "user_id": "u" } });
    let other = post(&app, "/v1/sandboxes", project).await;
    assert_eq!(other.expect(201).json["status"], "running");

    let deleted = waited(&app, app.ask("DELETE", &sandbox)).await;
    assert_eq!(deleted.expect(204).text, "");
    let deleted = waited(&app, app.ask("DELETE", &format!("/v1/apps/{shop}"))).await;
    assert_eq!(deleted.expect(204).text, "");
}

#[tokio::test]
async fn what_is_not_finished_in_time_is_accepted_as_usual() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let ask = app.ask("POST", &format!("/v1/apps/{shop}/sandbox")).header("prefer", "wait=1");
    let reply = ask.send().await;
    assert_eq!(reply.expect(202).json["status"], "queued");
    assert_eq!(reply.header("preference-applied"), "");
    assert_eq!(reply.header("retry-after"), "1");
}

#[tokio::test]
async fn a_failure_answers_with_its_own_status() {
    let app = TestApp::new().await;
    for (code, status) in [
        (ErrorCode::Capacity, 503),
        (ErrorCode::SandboxUnavailable, 502),
        (ErrorCode::Conflict, 409),
        (ErrorCode::Internal, 500),
    ] {
        let shop = app.app("shop").await;
        let worker = app.worker();
        let ask = app.ask("POST", &format!("/v1/apps/{shop}/sandbox")).header("prefer", "wait=10");
        let error = ErrorBody::new(code, "it did not work");
        let (reply, ()) = tokio::join!(ask.send(), worker.fail_next(error));
        reply.expect_error(status, code.as_str());
        assert_eq!(reply.json["error"]["message"], "it did not work");
        assert!(reply.json["error"]["details"]["operation_id"].is_string(), "{}", reply.text);
        assert_eq!(reply.header("preference-applied"), "wait=10");
        assert_eq!(!reply.header("retry-after").is_empty(), status == 503);
    }
}

#[tokio::test]
async fn a_cancelled_operation_answers_409() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let path = format!("/v1/sandboxes/{sandbox}");
    let waits = app.ask("POST", &format!("{path}/stop")).header("prefer", "wait=10").send();
    let cancels = async {
        let operation = app.worker().next().await;
        app.post(&format!("/v1/operations/{operation}/cancel"), json!({})).await.expect(202);
        operation
    };
    let (reply, operation) = tokio::join!(waits, cancels);
    reply.expect_error(409, "conflict");
    assert_eq!(reply.json["error"]["details"]["status"], "cancelled");
    assert_eq!(reply.json["error"]["details"]["operation_id"], operation.as_str());
}
