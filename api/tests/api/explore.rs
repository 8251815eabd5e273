//! Explorations and adoptions: what is refused at once, and what an accepted one does to rows.

use std::time::{Duration, Instant};

use sandboxd_shared::domain::{ErrorBody, ErrorCode, Quota};
use serde_json::{Value, json};

use crate::support::{BOB, TestApp, id};

const UNKNOWN: &str = "01JD4X8QK3M5N7P9R1S3T5V7W9";

fn explore(app: &str) -> String {
    format!("/v1/apps/{app}/explore")
}

#[tokio::test]
async fn what_can_not_be_explored_is_refused_at_once() {
    let app = TestApp::new().await;
    let (shop, _, snapshot) = app.captured().await;
    let before = app.fingerprint().await;
    let fields = [
        ("count", json!({ "prompt": "x", "count": 1 })),
        ("count", json!({ "prompt": "x", "count": 17 })),
        ("prompt", json!({ "prompt": "", "count": 2 })),
        ("agent", json!({ "prompt": "x", "count": 2, "agent": "hal" })),
        ("command", json!({ "prompt": "x", "count": 2, "agent": "command" })),
        ("timeout", json!({ "prompt": "x", "count": 2, "timeout": "2d" })),
        ("continue_task_id", json!({ "prompt": "x", "count": 2, "continue_task_id": UNKNOWN })),
    ];
    for (field, body) in fields {
        let refused = app.post(&explore(&shop), body).await;
        refused.expect_error(400, "invalid_request");
        assert_eq!(refused.json["error"]["details"]["field"], field, "{}", refused.json);
    }
    let unknown = json!({ "prompt": "x", "count": 2, "snapshot_id": UNKNOWN });
    app.post(&explore(&shop), unknown).await.expect_error(404, "not_found");
    app.post(&explore(UNKNOWN), json!({ "prompt": "x", "count": 2 }))
        .await
        .expect_error(404, "not_found");
    let bobs = app.ask("POST", "/v1/apps").token(BOB).json(&json!({ "name": "bob's" }));
    let bobs = id(&bobs.send().await.json, "id");
    let body = json!({ "prompt": "x", "count": 2, "snapshot_id": snapshot });
    let foreign = app.ask("POST", &explore(&bobs)).token(BOB).json(&body).send().await;
    foreign.expect_error(404, "not_found");

    // Quotas of what it will make are asked before anything is done.
    app.limit("alice", &[(Quota::Sandboxes, 3)]).await;
    let body = json!({ "prompt": "x", "count": 3, "snapshot_id": snapshot });
    app.post(&explore(&shop), body).await.expect_error(429, "quota_exceeded");
    app.limit("alice", &[(Quota::Sandboxes, 0), (Quota::Tasks, 2)]).await;
    let body = json!({ "prompt": "x", "count": 3, "snapshot_id": snapshot });
    let refused = app.post(&explore(&shop), body).await;
    refused.expect_error(429, "quota_exceeded");
    assert_eq!(refused.json["error"]["details"]["quota"], "tasks");
    let empty = app.app("empty").await;
    app.limit("alice", &[(Quota::Tasks, 0)]).await;
    app.post(&explore(&empty), json!({ "prompt": "x", "count": 2 }))
        .await
        .expect_error(409, "conflict");
    let kinds = app.get("/v1/operations?kind=app.explore").await.json;
    assert_eq!(kinds["operations"], json!([]));
    assert_ne!(app.fingerprint().await, before, "there is one app more");
}

#[tokio::test]
async fn an_exploration_of_the_workspace_as_it_is_captures_it() {
    let app = TestApp::new().await;
    let (shop, sandbox) = app.running().await;
    let asked = app.post(&explore(&shop), json!({ "prompt": "x", "count": 2 })).await;
    asked.expect(202);
    assert_eq!(asked.json["kind"], "app.explore");
    let snapshot = id(&asked.json, "snapshot_id");
    let shown = app.get(&format!("/v1/snapshots/{snapshot}")).await.json;
    assert_eq!((&shown["kind"], &shown["status"]), (&json!("checkpoint"), &json!("capturing")));
    let busy = app.get(&format!("/v1/sandboxes/{sandbox}")).await.json;
    assert!(busy["active_operation_id"].is_string(), "{busy}");
    let again = app.post(&explore(&shop), json!({ "prompt": "x", "count": 2 })).await;
    again.expect_error(409, "operation_in_progress");
    let cancelled =
        app.post(&format!("/v1/operations/{}/cancel", id(&asked.json, "id")), json!({})).await;
    assert_eq!(cancelled.expect(202).json["status"], "cancelled");
}

#[tokio::test]
async fn only_a_quiet_fork_of_the_app_is_adopted() {
    let app = TestApp::new().await;
    let (shop, _, snapshot) = app.captured().await;
    let adopt = format!("/v1/apps/{shop}/adopt");
    let other = app.app("other").await;
    let refused = app.post(&adopt, json!({ "from_app_id": other })).await;
    refused.expect_error(400, "invalid_request");
    assert_eq!(refused.json["error"]["details"]["field"], "from_app_id");
    app.post(&adopt, json!({ "from_app_id": UNKNOWN })).await.expect_error(404, "not_found");
    let fork = app.post(&format!("/v1/apps/{shop}/fork"), json!({ "snapshot_id": snapshot })).await;
    let fork = app.done(fork).await;
    let child: &Value = &fork["result"]["children"][0];
    let (child, its) = (id(&child["app"], "id"), id(&child["sandbox"], "id"));
    let body = json!({ "from_app_id": child });

    app.task(&its).await;
    app.post(&adopt, body.clone()).await.expect_error(409, "task_in_progress");
    let task = app.get(&format!("/v1/sandboxes/{its}/tasks")).await.json;
    let cancel = format!("/v1/sandboxes/{its}/tasks/{}/cancel", id(&task["tasks"][0], "id"));
    app.post(&cancel, json!({})).await.expect(202);

    let adopted = app.post(&adopt, body.clone()).await;
    assert_eq!(adopted.expect(202).json["kind"], "app.restore");
    app.post(&adopt, body).await.expect_error(409, "operation_in_progress");
}

#[tokio::test]
async fn who_waits_for_an_exploration_sees_its_end_at_once() {
    let app = TestApp::new().await;
    let (shop, _, snapshot) = app.captured().await;
    let worker = app.worker();
    let error = ErrorBody::new(ErrorCode::Conflict, "no");
    for status in ["succeeded", "failed"] {
        let body = json!({ "prompt": "x", "count": 2, "snapshot_id": snapshot });
        let asked = app.post(&explore(&shop), body).await;
        let operation = id(&asked.json, "id");
        let path = format!("/v1/operations/{operation}?wait=30s");
        let since = Instant::now();
        let end = async {
            match status {
                "succeeded" => worker.succeed(&operation).await,
                _ => worker.fail(&operation, error.clone()).await,
            }
        };
        let (seen, ()) = tokio::join!(app.get(&path), end);
        assert_eq!(seen.json["status"], status, "{}", seen.json);
        assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    }
}
