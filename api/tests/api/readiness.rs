//! Whether the process lives, and whether work can be done.

use sandboxd_shared::domain::{DriverKind, FirewallMode};
use sandboxd_shared::store::nodes;
use serde_json::Value;

use crate::support::{Reply, TestApp};

async fn ready(app: &TestApp) -> Reply {
    app.ask("GET", "/readyz").without("authorization").send().await
}

fn check<'a>(checks: &'a Value, name: &str) -> &'a Value {
    checks.as_array().unwrap().iter().find(|check| check["name"] == name).unwrap()
}

async fn lose_table(app: &TestApp, name: &str) {
    let mut tx = app.store.write().await.unwrap();
    let sql = format!("ALTER TABLE {name} RENAME TO lost");
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn healthz_needs_nothing() {
    let app = TestApp::new().await;
    lose_table(&app, "worker_processes").await;
    app.ask("GET", "/healthz").without("authorization").send().await.expect(200);
}

#[tokio::test]
async fn readyz_says_what_is_missing() {
    let app = TestApp::new().await;
    let alone = ready(&app).await;
    alone.expect_error(503, "capacity");
    assert_ne!(alone.header("retry-after"), "");
    let checks = &alone.json["error"]["details"]["checks"];
    assert_eq!(check(checks, "database")["ok"], true);
    assert_eq!(check(checks, "workers")["ok"], false);
    assert!(alone.json["error"]["message"].as_str().unwrap().contains("worker"));

    app.worker().beat("node-1").await;
    let whole = ready(&app).await;
    assert_eq!(whole.expect(200).json["status"], "ready");

    let set = async |node: &str, error: Option<&str>| {
        let mut tx = app.store.write().await.unwrap();
        let now = app.store.clock().now();
        nodes::set_driver(&mut tx, node, DriverKind::Copy, "test", now).await.unwrap();
        nodes::set_engine_error(&mut tx, node, error, now).await.unwrap();
        tx.commit().await.unwrap();
    };
    set("node-that-was", Some("gone")).await;
    ready(&app).await.expect(200);
    set("node-1", Some("no answer within 5 s")).await;
    let broken = ready(&app).await;
    broken.expect_error(503, "capacity");
    assert!(broken.json["error"]["message"].as_str().unwrap().contains("no answer within 5 s"));
    set("node-1", None).await;
    ready(&app).await.expect(200);
}

#[tokio::test]
async fn readyz_says_how_the_firewall_is() {
    let app = TestApp::new().await;
    app.worker().beat("node-1").await;
    let set = async |mode: FirewallMode, error: Option<&str>| {
        let mut tx = app.store.write().await.unwrap();
        let now = app.store.clock().now();
        nodes::set_driver(&mut tx, "node-1", DriverKind::Copy, "test", now).await.unwrap();
        nodes::set_firewall(&mut tx, "node-1", mode, error, now).await.unwrap();
        tx.commit().await.unwrap();
    };
    set(FirewallMode::On, Some("iptables can't be run")).await;
    let broken = ready(&app).await;
    broken.expect_error(503, "capacity");
    assert!(broken.json["error"]["message"].as_str().unwrap().contains("iptables can't be run"));
    set(FirewallMode::On, None).await;
    let whole = ready(&app).await;
    let firewalls = check(&whole.expect(200).json["checks"], "firewalls");
    assert_eq!((&firewalls["ok"], &firewalls["warning"]), (&Value::Bool(true), &Value::Null));
    set(FirewallMode::Off, None).await;
    let off = ready(&app).await;
    let firewalls = check(&off.expect(200).json["checks"], "firewalls");
    assert!(firewalls["warning"].as_str().unwrap().contains("SANDBOXD_FIREWALL is off"));
}

#[tokio::test]
async fn readyz_answers_when_the_database_fails() {
    let app = TestApp::new().await;
    app.worker().beat("node-1").await;
    lose_table(&app, "worker_processes").await;
    let broken = ready(&app).await;
    broken.expect_error(503, "capacity");
    assert_eq!(check(&broken.json["error"]["details"]["checks"], "database")["ok"], false);
}

#[tokio::test]
async fn a_failing_database_is_a_500_that_does_not_show_why() {
    let app = TestApp::new().await;
    lose_table(&app, "operations").await;
    let broken = app.get("/v1/operations").await;
    broken.expect_error(500, "internal");
    assert_eq!(broken.json["error"]["retryable"], true);
    assert!(!broken.text.contains("operations"), "{}", broken.text);
    assert!(!broken.text.to_lowercase().contains("sql"), "{}", broken.text);
}
