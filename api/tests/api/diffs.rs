//! Comparing snapshots, and reading their files: what is refused, what reaches a worker, and what is
//! shown of its answer.

use axum::response::Response;
use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use serde_json::{Value, json};

use crate::support::{Asked, FakeNode, TestApp, WORKER, answer, id};

const UNKNOWN: &str = "01JD4X8QK3M5N7P9R1S3T5V7W9";

/// Two snapshots, and a worker of their node that answers so.
async fn with_node(
    reply: impl Fn(Asked) -> Response + Clone + Send + Sync + 'static,
) -> (TestApp, [String; 2], FakeNode) {
    let app = TestApp::new().await;
    let (_, sandbox, before) = app.captured().await;
    let body = json!({ "source_sandbox_id": sandbox, "name": "second" });
    let after = id(&app.done(app.post("/v1/snapshots", body).await).await, "snapshot_id");
    let mut conn = app.store.read().await.unwrap();
    let node: String = sqlx::query_scalar("SELECT node FROM snapshots WHERE id = $1")
        .bind(&after)
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    drop(conn);
    app.worker().beat(&node).await;
    let node = FakeNode::start(&app.node_sockets, WORKER, reply);
    (app, [before, after], node)
}

fn found(snapshot: &str, against: &str) -> Value {
    json!({
        "snapshot_id": snapshot, "against": against,
        "added": 1, "changed": 1, "removed": 1, "truncated": true,
        "files": [
            { "path": "\u{fffd}\n", "status": "added", "type": "symlink", "size": 3, "lossy": true },
            { "path": "a", "status": "changed", "type": "file", "size": 3, "size_before": 4,
              "mode": "0755", "mode_before": "0644" },
            { "path": "b", "status": "removed", "type": "file", "size_before": 5 },
        ],
    })
}

#[tokio::test]
async fn what_a_worker_finds_is_shown() {
    let (app, [before, after], node) = with_node(|asked| {
        let (path, query) = asked.target.split_once("/diff?against=").unwrap();
        let snapshot = path.rsplit('/').next().unwrap();
        answer(200, found(snapshot, query.split('&').next().unwrap()).to_string())
    })
    .await;
    let path = format!("/v1/snapshots/{after}/diff?against={before}");
    assert_eq!(app.get(&path).await.expect(200).json, found(&after, &before));
    app.get(&format!("{path}&all=true")).await.expect(200);
    let targets: Vec<String> = node.asked().into_iter().map(|asked| asked.target).collect();
    let wanted = |all| format!("/snapshots/{after}/diff?against={before}&all={all}");
    assert_eq!(targets, [wanted(false), wanted(true)]);
}

#[tokio::test]
async fn what_can_not_be_compared_reaches_no_worker() {
    let (app, [before, after], node) = with_node(|_| answer(200, "{}")).await;
    let path = format!("/v1/snapshots/{after}/diff");
    app.get(&path).await.expect_field("against");
    for bad in ["", "x", "01JD4X8QK3M5N7P9R1S3T5V7W"] {
        app.get(&format!("{path}?against={bad}")).await.expect_field("against");
    }
    app.get(&format!("{path}?against={before}&all=perhaps")).await.expect_field("all");
    app.get(&format!("{path}?against={before}&path=x")).await.expect_field("path");
    app.get(&format!("{path}?against={UNKNOWN}")).await.expect_error(404, "not_found");
    let unknown = format!("/v1/snapshots/{UNKNOWN}/diff?against={before}");
    app.get(&unknown).await.expect_error(404, "not_found");
    for (sql, code) in [
        ("UPDATE snapshots SET status = 'capturing' WHERE id = $1", "conflict"),
        ("UPDATE snapshots SET status = 'ready', node = 'another' WHERE id = $1", "conflict"),
    ] {
        let mut tx = app.store.write().await.unwrap();
        sqlx::query(sql).bind(&before).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        for (one, other) in [(&after, &before), (&before, &after)] {
            let path = format!("/v1/snapshots/{one}/diff?against={other}");
            app.get(&path).await.expect_error(409, code);
        }
    }
    assert!(node.asked().is_empty(), "{:?}", node.asked());
}

#[tokio::test]
async fn a_workers_refusal_is_passed_on() {
    let refusal = ErrorBody::new(ErrorCode::Conflict, "one of the snapshots was deleted meanwhile");
    let body = serde_json::to_string(&refusal).unwrap();
    let (app, [before, after], _node) = with_node(move |_| answer(409, body.clone())).await;
    let path = format!("/v1/snapshots/{after}/diff?against={before}");
    app.get(&path).await.expect_error(409, "conflict");
}

#[tokio::test]
async fn a_file_of_a_snapshot_is_passed_on_to_be_saved() {
    let (app, [before, _], node) = with_node(|_| answer(200, "<script>")).await;
    let found = app.get(&format!("/v1/snapshots/{before}/files/content?path=a%20b/c.html")).await;
    let found = found.expect(200);
    assert_eq!(found.text, "<script>");
    assert_eq!(found.header("content-type"), "application/octet-stream");
    assert_eq!(found.header("content-disposition"), "attachment; filename*=UTF-8''c%2Ehtml");
    let targets: Vec<String> = node.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(targets, [format!("/snapshots/{before}/content?path=a%20b%2Fc%2Ehtml")]);
}

#[tokio::test]
async fn a_file_that_no_snapshot_has_reaches_no_worker() {
    let (app, [before, _], node) = with_node(|_| answer(200, "x")).await;
    let path = format!("/v1/snapshots/{before}/files/content");
    for bad in ["", "?path=", "?path=/etc/passwd", "?path=a/../../b"] {
        app.get(&format!("{path}{bad}")).await.expect_field("path");
    }
    let unknown = format!("/v1/snapshots/{UNKNOWN}/files/content?path=a");
    app.get(&unknown).await.expect_error(404, "not_found");
    let mut tx = app.store.write().await.unwrap();
    sqlx::query("UPDATE snapshots SET status = 'capturing' WHERE id = $1")
        .bind(&before)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.get(&format!("{path}?path=a")).await.expect_error(409, "conflict");
    assert!(node.asked().is_empty(), "{:?}", node.asked());
}
