//! What all answers have: the one shape of errors, ids, headers.

use std::collections::HashSet;

use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn routes_that_are_not_there_and_methods_that_are_not_theirs() {
    let app = TestApp::new().await;
    for path in ["/v1", "/v1/", "/v1/nothing", "/v1/apps/", "/v2/apps", "/%ff"] {
        let missing = app.get(path).await;
        missing.expect_error(404, "not_found");
    }
    for (method, path, allowed) in [
        ("PUT", "/v1/apps", vec!["GET", "HEAD", "POST"]),
        ("DELETE", "/v1/operations", vec!["GET", "HEAD"]),
        ("POST", "/v1/apps/01JD4X8QK3M5N7P9R1S3T5V7W9", vec!["DELETE", "GET", "HEAD", "PATCH"]),
        ("GET", "/v1/sandboxes/x/start", vec!["POST"]),
        ("POST", "/healthz", vec!["GET", "HEAD"]),
    ] {
        let refused = app.ask(method, path).send().await;
        refused.expect_error(405, "method_not_allowed");
        let mut allow: Vec<&str> = refused.header("allow").split(',').map(str::trim).collect();
        allow.sort_unstable();
        assert_eq!(allow, allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn an_id_that_cannot_be_is_not_found() {
    let app = TestApp::new().await;
    for path in ["apps", "sandboxes", "snapshots", "operations"] {
        for id in ["x", "%00", "%ff", "..%2f..", "01JD4X8QK3M5N7P9R1S3T5V7WU", "0"] {
            app.get(&format!("/v1/{path}/{id}")).await.expect_error(404, "not_found");
        }
    }
}

#[tokio::test]
async fn every_answer_has_its_own_id_and_the_security_headers() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let asked = [
        app.ask("GET", "/healthz"),
        app.ask("GET", "/readyz"),
        app.ask("GET", "/v1/apps"),
        app.ask("HEAD", "/v1/apps"),
        app.ask("GET", "/v1/apps").without("authorization"),
        app.ask("GET", "/nothing"),
        app.ask("PUT", "/v1/apps"),
        app.ask("POST", "/v1/apps").json(&json!({})),
        app.ask("POST", &format!("/v1/apps/{shop}/sandbox")).header("x-request-id", "mine"),
    ];
    let mut ids = HashSet::new();
    for ask in asked {
        let reply = ask.send().await;
        let id = reply.header("x-request-id").to_owned();
        assert_eq!(id.len(), 26, "{id}");
        assert!(ids.insert(id));
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(reply.header("content-type"), "application/json");
    }
}
