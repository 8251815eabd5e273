//! Giving one tenant's things to another.

use sandboxd_shared::store::owners;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::support::{BOB, TestApp, id};

const ADOPT: &[&str] = &["adopt", "--from", "alice", "--to", "bob"];

#[tokio::test]
async fn every_table_with_a_tenant_as_owner_is_moved() {
    let app = TestApp::new().await;
    let mut conn = app.store.read().await.unwrap();
    let mut tables: Vec<String> = sqlx::query_scalar(
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND c.name = 'owner' ORDER BY m.name",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    // Its owner is a process.
    tables.retain(|table| table != "leases");
    let mut moved = owners::TABLES.to_vec();
    moved.sort_unstable();
    assert_eq!(moved, tables, "store/owners.rs must say what becomes of every table");
}

#[tokio::test]
async fn all_of_it_is_the_new_owners() {
    let app = TestApp::new().await;
    let (shop, sandbox, snapshot) = app.captured().await;
    let keyed = |token: &str| {
        let ask = app.ask("POST", "/v1/apps").token(token).header("idempotency-key", "k");
        ask.json(&json!({ "name": "keyed" }))
    };
    keyed("alice-token").send().await.expect(201);
    let bobs = keyed(BOB).send().await;
    let said = app.admin_ok(ADOPT).await;
    assert!(said.contains("2 apps") && said.contains("1 sandboxes"), "{said}");
    for path in ["apps", "sandboxes", "snapshots"]
        .iter()
        .zip([&shop, &sandbox, &snapshot])
        .map(|(kind, id)| format!("/v1/{kind}/{id}"))
    {
        app.get(&path).await.expect_error(404, "not_found");
        app.ask("GET", &path).token(BOB).send().await.expect(200);
    }
    let mut conn = app.store.read().await.unwrap();
    for table in owners::TABLES {
        let sql = format!("SELECT count(*) FROM {table} WHERE owner = 'alice'");
        let left: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *conn).await.unwrap();
        // What was done to alice's things stays in her log.
        assert_eq!(left, i64::from(*table == "audit_log"), "{table}");
    }
    drop(conn);
    let events = app.ask("GET", "/v1/events?type=tenant.adopted").token(BOB).send().await.json;
    assert_eq!(events["events"][0]["payload"], json!({ "from": "alice", "apps": 2 }));
    let audit = app.ask("GET", "/v1/audit?actor=admin").token(BOB).send().await.json;
    assert_eq!(audit["audit"][0]["action"], "adopt");
    // His own key still stands for his own request.
    let again = keyed(BOB).send().await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(id(&again.json, "id"), id(&bobs.json, "id"));
    // And work goes on.
    let start = app.ask("POST", &format!("/v1/sandboxes/{sandbox}/start")).token(BOB);
    let start: Value = start.json(&json!({})).send().await.json;
    app.worker().succeed(&id(&start, "id")).await;
}

#[tokio::test]
async fn it_is_refused_while_work_is_under_way_and_where_projects_collide() {
    let app = TestApp::new().await;
    let project = json!({ "project": { "id": "p", "user_id": "u" } });
    let made = app.post("/v1/sandboxes", project.clone()).await;
    let before = app.fingerprint().await;
    let busy = app.admin(ADOPT).await;
    let text = String::from_utf8_lossy(&busy.stderr).into_owned();
    assert!(!busy.status.success() && text.contains(&id(&made.json, "id")), "{text}");
    app.worker().succeed(&id(&made.json, "id")).await;
    app.ask("POST", "/v1/sandboxes").token(BOB).json(&project).send().await.expect(202);
    let collides = app.admin(ADOPT).await;
    let text = String::from_utf8_lossy(&collides.stderr).into_owned();
    assert!(!collides.status.success() && text.contains("project \"p\""), "{text}");
    assert!(before.len() == app.fingerprint().await.len());
    app.get(&format!("/v1/sandboxes/{}", id(&made.json, "sandbox_id"))).await.expect(200);
}
