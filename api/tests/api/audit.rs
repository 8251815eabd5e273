//! Who did what.

use serde_json::{Value, json};

use crate::support::{ALICE, BOB, TestApp, id, until};

/// The entries of alice's log once there are as many, newest first.
async fn entries(app: &TestApp, query: &str, count: usize) -> Vec<Value> {
    let ask = app.ask("GET", &format!("/v1/audit?{query}"));
    let enough = |json: &Value| json["audit"].as_array().is_some_and(|all| all.len() >= count);
    let reply = until(&ask, |reply| enough(&reply.json)).await;
    let found = reply.json["audit"].as_array().unwrap().clone();
    assert_eq!(found.len(), count, "{found:?}");
    found
}

#[tokio::test]
async fn what_was_done_and_what_was_refused_is_told() {
    let app = TestApp::new().await;
    let made = app.post("/v1/apps", json!({ "name": "a secret name" })).await;
    let shop = id(&made.json, "id");
    let begun = app.post(&format!("/v1/apps/{shop}/sandbox"), json!({})).await;
    app.post(&format!("/v1/apps/{shop}/sandbox"), json!({})).await.expect(409);
    app.patch("/v1/apps/nothing", json!({ "name": "x" })).await.expect(404);
    app.post("/v1/apps", json!({ "nmae": "x" })).await.expect(400);
    app.patch(&format!("/v1/apps/{shop}"), json!({ "name": "other" })).await.expect(200);
    let found = entries(&app, "", 6).await;
    let mut told: Vec<_> = found
        .iter()
        .map(|entry| (entry["action"].as_str().unwrap(), entry["status"].as_u64().unwrap()))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("create_app", 201),
            ("create_app", 400),
            ("create_app_sandbox", 202),
            ("create_app_sandbox", 409),
            ("update_app", 200),
            ("update_app", 404),
        ]
    );
    let of = |action: &str, status: u64| {
        found.iter().find(|e| e["action"] == action && e["status"] == status).unwrap()
    };
    let created = of("create_app", 201);
    assert_eq!(created["targets"], json!({ "app_id": shop }));
    assert_eq!(created["actor"], "token:settings-1");
    assert_eq!(created["request_id"], made.header("x-request-id"));
    assert_eq!((&created["method"], &created["route"]), (&json!("POST"), &json!("/v1/apps")));
    assert_eq!(created["peer"], "127.0.0.1");
    let operation = &begun.json;
    assert_eq!(
        of("create_app_sandbox", 202)["targets"],
        json!({ "app_id": shop, "sandbox_id": operation["sandbox_id"], "operation_id": operation["id"] })
    );
    assert_eq!(of("create_app_sandbox", 409)["targets"], json!({ "app_id": shop }));
    let all = json!(found).to_string();
    assert!(!all.contains("secret name") && !all.contains(ALICE), "{all}");
}

#[tokio::test]
async fn reads_are_not_told_and_others_see_nothing() {
    let app = TestApp::new().await;
    app.app("shop").await;
    app.get("/v1/apps").await.expect(200);
    app.ask("POST", "/v1/apps").without("authorization").send().await.expect(401);
    entries(&app, "", 1).await;
    let bobs = app.ask("GET", "/v1/audit").token(BOB).send().await;
    assert_eq!(bobs.expect(200).json, json!({ "audit": [] }));
}

#[tokio::test]
async fn it_can_be_filtered_and_paged() {
    let app = TestApp::new().await;
    for number in 0..5 {
        app.app(&format!("app {number}")).await;
    }
    app.patch("/v1/apps/nothing", json!({})).await.expect(404);
    entries(&app, "action=create_app", 5).await;
    entries(&app, "action=update_app&actor=token:settings-1", 1).await;
    entries(&app, "actor=preview", 0).await;
    let first = app.get("/v1/audit?action=create_app&limit=3").await.json;
    let before = id(&first, "next_before");
    assert_eq!(first["audit"][2]["id"], before.as_str());
    let second = app.get(&format!("/v1/audit?action=create_app&limit=3&before={before}")).await;
    assert_eq!(second.json["audit"].as_array().unwrap().len(), 2);
    assert!(second.json.get("next_before").is_none());
    app.get("/v1/audit?before=x").await.expect_field("before");
    app.get("/v1/audit?limit=0").await.expect_field("limit");
    app.get("/v1/audit?who=me").await.expect_field("who");
}

#[tokio::test]
async fn what_is_refused_is_in_the_log_before_the_process_ends() {
    let mut app = TestApp::new().await;
    for _ in 0..50 {
        app.delete("/v1/apps/nothing").await.expect(404);
    }
    app.end().await;
    let mut conn = app.store.read().await.unwrap();
    let sql = "SELECT count(*) FROM audit_log WHERE action = 'delete_app' AND status = 404";
    let told: i64 = sqlx::query_scalar(sql).fetch_one(&mut *conn).await.unwrap();
    assert_eq!(told, 50);
}

#[tokio::test]
async fn an_operators_acts_are_in_the_tenants_log() {
    let app = TestApp::new().await;
    app.admin_ok(&["token", "create", "--tenant", "alice", "--label", "ci"]).await;
    app.admin_ok(&["quota", "set", "--tenant", "alice", "running=3"]).await;
    let found = entries(&app, "actor=admin", 2).await;
    let told: Vec<_> = found.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert!(told.contains(&"create_token") && told.contains(&"set_quotas"), "{told:?}");
}
