//! Another tenant's things are as unknown as things that never were, on every route.

use serde_json::{Value, json};

use crate::support::{BOB, Reply, Sse, TestApp, id};

const UNKNOWN: &str = "01JD4X8QK3M5N7P9R1S3T5V7W9";

/// The answer without what differs between any two requests.
fn comparable(reply: &Reply) -> (u16, Value, Vec<String>) {
    let mut body = reply.json.clone();
    if let Some(error) = body.get_mut("error") {
        error["request_id"] = Value::Null;
    }
    let headers = reply
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    (reply.status, body, headers)
}

#[tokio::test]
async fn a_foreign_id_answers_as_an_unknown_one() {
    let app = TestApp::new().await;
    let (shop, sandbox, snapshot) = app.captured().await;
    let start = app.post(&format!("/v1/sandboxes/{sandbox}/start"), json!({})).await;
    let operation = id(&start.json, "id");
    let project = json!({ "id": "p", "user_id": "u" });
    let own = app.ask("POST", "/v1/apps").token(BOB).json(&json!({ "name": "bob's" })).send().await;
    let own = id(&own.json, "id");
    let routes: Vec<(&str, &str, String, Option<Value>)> = vec![
        ("GET", &shop, "/v1/apps/{}".into(), None),
        ("PATCH", &shop, "/v1/apps/{}".into(), Some(json!({ "name": "mine" }))),
        ("DELETE", &shop, "/v1/apps/{}".into(), None),
        ("POST", &shop, "/v1/apps/{}/sandbox".into(), Some(json!({}))),
        ("GET", &shop, "/v1/apps/{}/snapshots".into(), None),
        ("POST", &shop, "/v1/apps/{}/restore".into(), Some(json!({ "snapshot_id": UNKNOWN }))),
        ("POST", &shop, "/v1/apps/{}/fork".into(), Some(json!({ "snapshot_id": UNKNOWN }))),
        (
            "POST",
            &snapshot,
            format!("/v1/apps/{own}/restore"),
            Some(json!({ "snapshot_id": "{}" })),
        ),
        ("POST", &snapshot, format!("/v1/apps/{own}/fork"), Some(json!({ "snapshot_id": "{}" }))),
        ("GET", &shop, "/v1/apps/{}/events".into(), None),
        ("GET", &sandbox, "/v1/sandboxes/{}".into(), None),
        ("PATCH", &sandbox, "/v1/sandboxes/{}".into(), Some(json!({ "visibility": "public" }))),
        ("DELETE", &sandbox, "/v1/sandboxes/{}".into(), None),
        ("POST", &sandbox, "/v1/sandboxes/{}/start".into(), Some(json!({}))),
        ("POST", &sandbox, "/v1/sandboxes/{}/stop".into(), Some(json!({}))),
        ("GET", &sandbox, "/v1/sandboxes/{}/files".into(), None),
        ("DELETE", &sandbox, "/v1/sandboxes/{}/files?path=x".into(), None),
        ("GET", &sandbox, "/v1/sandboxes/{}/files/content?path=x".into(), None),
        ("PUT", &sandbox, "/v1/sandboxes/{}/files/content?path=x".into(), Some(json!({}))),
        ("GET", &sandbox, "/v1/sandboxes/{}/export".into(), None),
        ("POST", &sandbox, "/v1/sandboxes/{}/exec".into(), Some(json!({ "cmd": "id" }))),
        ("GET", &sandbox, "/v1/sandboxes/{}/terminal".into(), None),
        ("GET", &sandbox, "/v1/sandboxes/{}/logs".into(), None),
        (
            "POST",
            &sandbox,
            "/v1/snapshots".into(),
            Some(json!({ "source_sandbox_id": "{}", "name": "x" })),
        ),
        (
            "POST",
            &snapshot,
            "/v1/sandboxes".into(),
            Some(json!({ "project": project, "from_snapshot": "{}" })),
        ),
        ("GET", &snapshot, "/v1/snapshots/{}".into(), None),
        ("PATCH", &snapshot, "/v1/snapshots/{}".into(), Some(json!({ "name": "mine" }))),
        ("DELETE", &snapshot, "/v1/snapshots/{}".into(), None),
        ("GET", &operation, "/v1/operations/{}".into(), None),
        ("GET", &operation, "/v1/operations/{}?wait=30s".into(), None),
        ("POST", &operation, "/v1/operations/{}/cancel".into(), Some(json!({}))),
    ];
    let before = app.fingerprint().await;
    for (method, foreign, path, body) in &routes {
        let mut replies = Vec::new();
        for id in [foreign, UNKNOWN] {
            let mut ask = app.ask(method, &path.replace("{}", id)).token(BOB);
            if let Some(body) = body {
                let body = body.to_string().replace("\"{}\"", &format!("\"{id}\""));
                ask = ask.header("content-type", "application/json").body(body);
            }
            replies.push(ask.send().await);
        }
        replies[0].expect_error(404, "not_found");
        assert_eq!(comparable(&replies[0]), comparable(&replies[1]), "{method} {path}");
    }
    // A stream is refused like a page.
    let stream = app.ask("GET", &format!("/v1/apps/{shop}/events")).token(BOB);
    stream.header("accept", "text/event-stream").send().await.expect_error(404, "not_found");
    assert_eq!(app.fingerprint().await, before);
}

#[tokio::test]
async fn lists_and_streams_hold_ones_own_only() {
    let app = TestApp::new().await;
    let (shop, sandbox, _) = app.captured().await;
    for list in ["apps", "sandboxes", "snapshots", "operations", "events"] {
        let own = app.get(&format!("/v1/{list}")).await;
        assert!(!own.json[list].as_array().unwrap().is_empty(), "{list}");
        let bobs = app.ask("GET", &format!("/v1/{list}")).token(BOB).send().await;
        assert_eq!(bobs.expect(200).json, json!({ list: [] }));
    }
    for query in [format!("app_id={shop}"), format!("sandbox_id={sandbox}")] {
        let bobs = app.ask("GET", &format!("/v1/operations?{query}")).token(BOB).send().await;
        assert_eq!(bobs.expect(200).json, json!({ "operations": [] }));
    }
}

#[tokio::test]
async fn a_live_stream_tells_of_ones_own_only() {
    let app = TestApp::new().await;
    let mut alices = Sse::open(&app, "/v1/events").await;
    let mut bobs = Sse::of(app.ask("GET", "/v1/events").token(BOB)).await;
    for number in 0..5 {
        let body = json!({ "name": format!("app {number}") });
        let bobs_app = app.ask("POST", "/v1/apps").token(BOB).json(&body).send().await;
        let alices_app = app.app("shop").await;
        assert_eq!(alices.next().await.unwrap().data["app_id"], alices_app.as_str());
        assert_eq!(bobs.next().await.unwrap().data["app_id"], bobs_app.json["id"]);
    }
}

#[tokio::test]
async fn nothing_under_v1_answers_without_a_token() {
    let app = TestApp::new().await;
    let routes = [
        ("GET", "/v1/apps"),
        ("POST", "/v1/apps"),
        ("GET", "/v1/apps/{}"),
        ("PATCH", "/v1/apps/{}"),
        ("DELETE", "/v1/apps/{}"),
        ("POST", "/v1/apps/{}/sandbox"),
        ("GET", "/v1/apps/{}/snapshots"),
        ("POST", "/v1/apps/{}/restore"),
        ("POST", "/v1/apps/{}/fork"),
        ("GET", "/v1/apps/{}/events"),
        ("GET", "/v1/events"),
        ("GET", "/v1/sandboxes"),
        ("POST", "/v1/sandboxes"),
        ("GET", "/v1/sandboxes/{}"),
        ("PATCH", "/v1/sandboxes/{}"),
        ("DELETE", "/v1/sandboxes/{}"),
        ("POST", "/v1/sandboxes/{}/start"),
        ("POST", "/v1/sandboxes/{}/stop"),
        ("GET", "/v1/sandboxes/{}/files"),
        ("DELETE", "/v1/sandboxes/{}/files?path=x"),
        ("GET", "/v1/sandboxes/{}/files/content?path=x"),
        ("PUT", "/v1/sandboxes/{}/files/content?path=x"),
        ("GET", "/v1/sandboxes/{}/export"),
        ("POST", "/v1/sandboxes/{}/exec"),
        ("GET", "/v1/sandboxes/{}/terminal"),
        ("GET", "/v1/sandboxes/{}/logs"),
        ("GET", "/v1/snapshots"),
        ("POST", "/v1/snapshots"),
        ("GET", "/v1/snapshots/{}"),
        ("PATCH", "/v1/snapshots/{}"),
        ("DELETE", "/v1/snapshots/{}"),
        ("GET", "/v1/operations"),
        ("GET", "/v1/operations/{}"),
        ("POST", "/v1/operations/{}/cancel"),
        ("GET", "/v1/workers"),
        ("GET", "/v1/queues"),
    ];
    for (method, path) in routes {
        let path = path.replace("{}", UNKNOWN);
        let bare = app.ask(method, &path).without("authorization");
        let basic = app.ask(method, &path).header("authorization", "Basic YWxpY2U6eA==");
        let wrong = app.ask(method, &path).token("alice-token-");
        for ask in [bare, basic, wrong] {
            let refused = ask.send().await;
            refused.expect_error(401, "unauthorized");
            assert_eq!(refused.header("www-authenticate"), "Bearer");
        }
    }
}
