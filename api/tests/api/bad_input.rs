//! Requests that can't be done are told so at once, and leave nothing behind.

use serde_json::{Value, json};

use crate::support::{TestApp, id};

const UNKNOWN: &str = "01JD4X8QK3M5N7P9R1S3T5V7W9";

#[tokio::test]
async fn a_field_that_is_wrong_is_named() {
    let app = TestApp::new().await;
    let (shop, sandbox, snapshot) = app.captured().await;
    let empty = app.app("empty").await;
    let create = format!("/v1/apps/{empty}/sandbox");
    let project = json!({ "id": "p", "user_id": "u" });
    let cases: Vec<(&str, String, Value, &str)> = vec![
        ("POST", "/v1/apps".into(), json!({}), "name"),
        ("POST", "/v1/apps".into(), json!({ "name": "" }), "name"),
        ("POST", "/v1/apps".into(), json!({ "name": " \t " }), "name"),
        ("POST", "/v1/apps".into(), json!({ "name": "a\u{7}b" }), "name"),
        ("POST", "/v1/apps".into(), json!({ "name": "x".repeat(201) }), "name"),
        ("POST", "/v1/apps".into(), json!({ "name": null }), "name"),
        ("POST", "/v1/apps".into(), json!({ "name": "a", "nmae": "b" }), "nmae"),
        (
            "POST",
            "/v1/apps".into(),
            json!({ "name": "a", "description": "x".repeat(2001) }),
            "description",
        ),
        ("POST", "/v1/apps".into(), json!({ "name": "a", "tags": vec!["t"; 21] }), "tags"),
        ("POST", "/v1/apps".into(), json!({ "name": "a", "tags": ["x".repeat(51)] }), "tags"),
        ("POST", "/v1/apps".into(), json!({ "name": "a", "tags": "t" }), "tags"),
        (
            "POST",
            "/v1/apps".into(),
            json!({ "name": "a", "external_user_id": "" }),
            "external_user_id",
        ),
        ("PATCH", format!("/v1/apps/{shop}"), json!({ "name": 1 }), "name"),
        ("PATCH", format!("/v1/apps/{shop}"), json!({ "owner": "bob" }), "owner"),
        ("POST", create.clone(), json!({ "template": "cobol" }), "template"),
        ("POST", create.clone(), json!({ "ports": [0] }), "ports"),
        ("POST", create.clone(), json!({ "ports": [70000] }), "ports"),
        ("POST", create.clone(), json!({ "ports": [3000, 3000] }), "ports"),
        ("POST", create.clone(), json!({ "ports": [] }), "ports"),
        ("POST", create.clone(), json!({ "ports": (1..=11).collect::<Vec<u16>>() }), "ports"),
        ("POST", create.clone(), json!({ "ports": ["80"] }), "ports[0]"),
        ("POST", create.clone(), json!({ "ports": [-1] }), "ports[0]"),
        ("POST", create.clone(), json!({ "visibility": "secret" }), "visibility"),
        ("POST", create, json!({ "idle_policy": "never" }), "idle_policy"),
        ("POST", format!("/v1/apps/{shop}/restore"), json!({}), "snapshot_id"),
        ("POST", format!("/v1/apps/{shop}/restore"), json!({ "snapshot_id": "x" }), "snapshot_id"),
        (
            "POST",
            format!("/v1/apps/{shop}/restore"),
            json!({ "snapshot_id": snapshot, "safety_snapshot": "no" }),
            "safety_snapshot",
        ),
        (
            "POST",
            format!("/v1/apps/{shop}/fork"),
            json!({ "snapshot_id": snapshot, "count": -1 }),
            "count",
        ),
        (
            "POST",
            format!("/v1/apps/{shop}/fork"),
            json!({ "snapshot_id": snapshot, "name": "" }),
            "name",
        ),
        ("POST", "/v1/sandboxes".into(), json!({}), "project"),
        ("POST", "/v1/sandboxes".into(), json!({ "project": { "id": "p" } }), "project.user_id"),
        (
            "POST",
            "/v1/sandboxes".into(),
            json!({ "project": { "id": "", "user_id": "u" } }),
            "project.id",
        ),
        ("POST", "/v1/sandboxes".into(), json!({ "project": ["p", "u"] }), "project"),
        ("POST", "/v1/sandboxes".into(), json!({ "project": project, "port": 1 }), "port"),
        ("PATCH", format!("/v1/sandboxes/{sandbox}"), json!({ "status": "running" }), "status"),
        ("POST", format!("/v1/sandboxes/{sandbox}/start"), json!({ "force": true }), "force"),
        ("POST", format!("/v1/sandboxes/{sandbox}/stop"), json!({ "force": true }), "force"),
        ("POST", "/v1/snapshots".into(), json!({ "name": "x" }), "source_sandbox_id"),
        ("POST", "/v1/snapshots".into(), json!({ "source_sandbox_id": sandbox }), "name"),
        (
            "POST",
            "/v1/snapshots".into(),
            json!({ "source_sandbox_id": sandbox, "name": "x", "live": 1 }),
            "live",
        ),
        ("PATCH", format!("/v1/snapshots/{snapshot}"), json!({ "name": "" }), "name"),
        ("DELETE", format!("/v1/apps/{shop}?snapshots=maybe"), json!({}), "snapshots"),
        ("DELETE", format!("/v1/apps/{shop}?snapshot=delete"), json!({}), "snapshot"),
    ];
    let before = app.fingerprint().await;
    for (method, path, body, field) in &cases {
        app.ask(method, path).json(body).send().await.expect_field(field);
    }
    assert_eq!(app.fingerprint().await, before, "a refusal changes nothing");
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused() {
    let app = TestApp::new().await;
    let before = app.fingerprint().await;
    for body in [
        "{\"name\":",
        "{\"name\":\"a\"} x",
        "name=a",
        "[\"a\"]",
        "\"a\"",
        "null",
        "\u{0}",
        "{'name':'a'}",
    ] {
        let ask = app.ask("POST", "/v1/apps").header("content-type", "application/json");
        ask.body(body).send().await.expect_error(400, "invalid_request");
    }
    let deep = format!("{{\"name\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let ask = app.ask("POST", "/v1/apps").header("content-type", "application/json");
    ask.body(deep).send().await.expect_error(400, "invalid_request");
    let ask = app.ask("POST", "/v1/apps").header("content-type", "application/json");
    ask.body(&b"{\"name\":\"\xff\"}"[..]).send().await.expect_error(400, "invalid_request");
    assert_eq!(app.fingerprint().await, before);
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let app = TestApp::new().await;
    let body = json!({ "name": "a" }).to_string();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let ask = app.ask("POST", "/v1/apps").header("content-type", kind);
        ask.body(body.clone()).send().await.expect_error(415, "invalid_request");
    }
    app.ask("POST", "/v1/apps")
        .body(body.clone())
        .send()
        .await
        .expect_error(415, "invalid_request");
    for kind in
        ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"]
    {
        let ask = app.ask("POST", "/v1/apps").header("content-type", kind);
        ask.body(body.clone()).send().await.expect(201);
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_the_answer_arrives() {
    let app = TestApp::new().await;
    let before = app.fingerprint().await;
    for size in [1 << 20, 10 << 20] {
        let body = json!({ "name": "x".repeat(size) });
        app.post("/v1/apps", body).await.expect_error(413, "invalid_request");
    }
    let padded = format!("{{\"name\":\"fits\"{}}}", " ".repeat((1 << 20) - 15));
    assert_eq!(padded.len(), 1 << 20);
    assert_eq!(app.fingerprint().await, before);
    let ask = app.ask("POST", "/v1/apps").header("content-type", "application/json");
    ask.body(padded).send().await.expect(201);
}

#[tokio::test]
async fn an_unknown_thing_in_a_body_is_not_found() {
    let app = TestApp::new().await;
    let (shop, _, _) = app.captured().await;
    let before = app.fingerprint().await;
    let project = json!({ "id": "p", "user_id": "u" });
    for (path, body) in [
        (format!("/v1/apps/{shop}/restore"), json!({ "snapshot_id": UNKNOWN })),
        (format!("/v1/apps/{shop}/fork"), json!({ "snapshot_id": UNKNOWN })),
        ("/v1/snapshots".to_owned(), json!({ "source_sandbox_id": UNKNOWN, "name": "x" })),
        ("/v1/sandboxes".to_owned(), json!({ "project": project, "from_snapshot": UNKNOWN })),
    ] {
        app.post(&path, body).await.expect_error(404, "not_found");
    }
    assert_eq!(app.fingerprint().await, before);
}

#[tokio::test]
async fn what_the_state_forbids_is_a_conflict_that_names_the_state() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let made = app.post(&format!("/v1/apps/{shop}/sandbox"), json!({})).await.json;
    let error = sandboxd_shared::domain::ErrorBody::new(
        sandboxd_shared::domain::ErrorCode::Internal,
        "broken",
    );
    app.worker().fail(&id(&made, "id"), error).await;
    let sandbox = id(&made, "sandbox_id");
    let before = app.fingerprint().await;
    for refused in [
        app.post(&format!("/v1/sandboxes/{sandbox}/start"), json!({})).await,
        app.post(&format!("/v1/sandboxes/{sandbox}/stop"), json!({})).await,
        app.post("/v1/snapshots", json!({ "source_sandbox_id": sandbox, "name": "x" })).await,
    ] {
        refused.expect_error(409, "conflict");
        assert_eq!(refused.json["error"]["details"]["status"], "error");
    }
    assert_eq!(app.fingerprint().await, before);
}
