//! What an operator is told by `admin doctor`.

use std::time::Duration;

use sandboxd_shared::domain::DriverKind;
use sandboxd_shared::store::{nodes, workers};
use serde_json::{Value, json};

use crate::support::{FakeNode, TestApp, WORKER, answer, id, in_time};

/// How the command ended, and what it printed as JSON.
async fn doctor(app: &TestApp) -> (Option<i32>, Value) {
    let done = app.admin(&["doctor", "--json"]).await;
    let said = String::from_utf8(done.stdout).unwrap();
    let found = serde_json::from_str(&said).unwrap_or_else(|_| {
        panic!("no JSON: {said}\n{}", String::from_utf8_lossy(&done.stderr));
    });
    (done.status.code(), found)
}

/// The findings of a check, as severity and message.
fn of(found: &Value, check: &str) -> Vec<(String, String)> {
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let all = found["findings"].as_array().unwrap().iter();
    all.filter(|finding| finding["check"] == check)
        .inspect(|finding| {
            assert_eq!(finding["severity"] == "ok", finding["advice"].is_null(), "{finding}");
        })
        .map(|finding| (text(finding, "severity"), text(finding, "message")))
        .collect()
}

fn says(found: &Value, check: &str, severity: &str, words: &str) {
    let told = of(found, check);
    let hit = told.iter().any(|(of, message)| of == severity && message.contains(words));
    assert!(hit, "no {severity} of {check} with {words:?} in {found:#}");
}

/// A node whose worker lives and says `said` of it.
async fn with_node(app: &TestApp, said: &Value) -> FakeNode {
    app.worker().beat("node-1").await;
    let mut tx = app.store.write().await.unwrap();
    let now = app.store.clock().now();
    nodes::set_driver(&mut tx, "node-1", DriverKind::Overlay, "test", now).await.unwrap();
    tx.commit().await.unwrap();
    let said = said.to_string();
    FakeNode::start(&app.data().join("run/node"), WORKER, move |_| answer(200, said.clone()))
}

async fn execute(app: &TestApp, sql: &'static str) {
    let mut tx = app.store.write().await.unwrap();
    sqlx::query(sql).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_installation_in_order_ends_with_0() {
    let app = TestApp::new().await;
    let fine = json!({"check": "engine", "severity": "ok", "message": "it is", "advice": null});
    let node = with_node(&app, &json!([fine])).await;
    app.running().await;
    let (code, found) = doctor(&app).await;
    assert_eq!((code, &found["errors"]), (Some(0), &json!(0)), "{found:#}");
    assert_eq!(node.asked()[0].target, "/doctor");
    for check in ["schema", "database", "clock", "workers", "queues", "sandboxes", "engine"] {
        assert!(!of(&found, check).is_empty(), "{check} is looked at");
    }
    let said = app.admin_ok(&["doctor"]).await;
    assert!(said.contains("Everything is in order."), "{said}");
}

#[tokio::test]
async fn what_a_node_finds_is_told_and_ends_with_1() {
    let app = TestApp::new().await;
    let down = json!({
        "check": "engine", "severity": "error", "message": "it is down", "advice": "start it",
    });
    let _node = with_node(&app, &json!([down])).await;
    let (code, found) = doctor(&app).await;
    assert_eq!(code, Some(1));
    says(&found, "engine", "error", "it is down");
    let done = app.admin(&["doctor"]).await;
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(said.contains("- engine: it is down\n  start it"), "{said}");
    assert!(String::from_utf8_lossy(&done.stderr).contains("1 error was found"));
}

#[tokio::test]
async fn silent_workers_and_what_waits_for_them_are_found() {
    let app = TestApp::new().await;
    let node = with_node(&app, &json!([])).await;
    let shop = app.app("shop").await;
    let made = app.post(&format!("/v1/apps/{shop}/sandbox"), json!({})).await;
    let (_, found) = doctor(&app).await;
    says(&found, "queues", "ok", "nothing waits");
    execute(&app, "UPDATE operations SET not_before = not_before - 120000").await;
    let (_, found) = doctor(&app).await;
    says(&found, "queues", "warning", &id(&made.json, "id"));

    // It dies.
    drop(node);
    execute(&app, "UPDATE worker_processes SET seen_at = seen_at - 30000").await;
    let (code, found) = doctor(&app).await;
    assert_eq!(code, Some(1));
    says(&found, "workers", "error", "none has been heard of");
    says(&found, "workers", "warning", WORKER);
    says(&found, "queues", "error", "node-1/control: 1 operations wait");
    says(&found, "engine", "error", "no worker of node node-1");

    let operation = app.worker().claim(&id(&made.json, "id")).await;
    execute(&app, "UPDATE operations SET lease_until = lease_until - 120000").await;
    let (_, found) = doctor(&app).await;
    says(&found, "queues", "error", &operation.id.to_string());
}

#[tokio::test]
async fn a_sandbox_that_nobody_brings_on_is_found() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    app.post(&format!("/v1/sandboxes/{sandbox}/stop"), json!({})).await.expect(202);
    let (_, found) = doctor(&app).await;
    says(&found, "sandboxes", "ok", "");
    execute(
        &app,
        "UPDATE operations SET status = 'cancelled', finished_at = created_at \
        WHERE status = 'queued'",
    )
    .await;
    let (_, found) = doctor(&app).await;
    says(&found, "sandboxes", "error", &sandbox);
}

#[tokio::test]
async fn a_clock_that_was_set_back_is_found() {
    let app = TestApp::new().await;
    app.worker().beat("node-1").await;
    let (_, found) = doctor(&app).await;
    says(&found, "clock", "ok", "");
    let mut tx = app.store.write().await.unwrap();
    let mut worker = workers::heard_last(&mut tx).await.unwrap().unwrap();
    worker.seen_at = worker.seen_at.plus(Duration::from_hours(2));
    workers::beat(&mut tx, &worker).await.unwrap();
    tx.commit().await.unwrap();
    let (_, found) = doctor(&app).await;
    says(&found, "clock", "error", "ahead of now");
}

#[tokio::test]
async fn a_database_of_another_version_and_a_missing_one_are_found() {
    let app = TestApp::new().await;
    execute(&app, "DELETE FROM _sqlx_migrations WHERE version = 11").await;
    let (code, found) = doctor(&app).await;
    assert_eq!(code, Some(1));
    says(&found, "schema", "error", "1 migrations of this version are missing");
    assert_eq!(of(&found, "workers"), [], "rows are not read");
    let left: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations")
        .fetch_all(&mut *app.store.read().await.unwrap())
        .await
        .unwrap();
    assert!(!left.contains(&11), "it migrates nothing");
    execute(&app, "UPDATE _sqlx_migrations SET version = 99999 WHERE version = 10").await;
    let (_, found) = doctor(&app).await;
    says(&found, "schema", "error", "doesn't know");

    let elsewhere = app.data().join("elsewhere");
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_sandboxd-api"));
    command.arg("admin").arg("--data-dir").arg(&elsewhere).args(["doctor", "--json"]);
    let done = in_time("the command", command.output()).await.unwrap();
    let found: Value = serde_json::from_slice(&done.stdout).unwrap();
    says(&found, "database", "error", "there is no file");
    assert!(!elsewhere.exists(), "it makes nothing");
}

#[tokio::test]
async fn a_damaged_database_is_found() {
    use std::os::unix::fs::FileExt;

    let app = TestApp::new().await;
    app.running().await;
    let mut tx = app.store.write().await.unwrap();
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *tx).await.unwrap();
    let size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut *tx).await.unwrap();
    let root: i64 =
        sqlx::query_scalar("SELECT rootpage FROM sqlite_schema WHERE name = 'events_by_app'")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
    assert!(root <= pages);
    tx.rollback().await.unwrap();
    // All of it is in the file itself.
    sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(app.store.queue_pool()).await.unwrap();
    let file = std::fs::File::options().write(true).open(app.store.file()).unwrap();
    let at = u64::try_from((root - 1) * size).unwrap();
    file.write_all_at(&vec![0xAA; usize::try_from(size).unwrap()], at).unwrap();
    let (code, found) = doctor(&app).await;
    assert_eq!(code, Some(1));
    let told = of(&found, "database");
    assert!(told.iter().any(|(severity, _)| severity == "error"), "{told:?}");
}
