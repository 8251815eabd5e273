//! How much a tenant may have.

use futures::future::join_all;
use sandboxd_shared::domain::Quota;
use serde_json::{Value, json};

use crate::support::{BOB, Reply, TestApp, id};

fn refused(reply: &Reply, quota: &str, limit: i64, used: i64) {
    reply.expect_error(429, "quota_exceeded");
    let details = &reply.json["error"]["details"];
    assert_eq!(details["quota"], quota, "{details}");
    assert_eq!((&details["limit"], &details["used"]), (&json!(limit), &json!(used)), "{details}");
    assert!(reply.header("retry-after").parse::<u64>().unwrap() > 0);
}

async fn create(app: &TestApp) -> Reply {
    let shop = app.app("shop").await;
    app.post(&format!("/v1/apps/{shop}/sandbox"), json!({})).await
}

#[tokio::test]
async fn parallel_requests_can_not_pass_a_quota_together() {
    let app = TestApp::new().await;
    app.limit("alice", &[(Quota::Sandboxes, 5)]).await;
    let replies = join_all((0..20).map(|_| create(&app))).await;
    let accepted = replies.iter().filter(|reply| reply.status == 202).count();
    assert_eq!(accepted, 5);
    for reply in replies.iter().filter(|reply| reply.status != 202) {
        refused(reply, "sandboxes", 5, 5);
    }
    let found = app.get("/v1/sandboxes").await.json;
    assert_eq!(found["sandboxes"].as_array().unwrap().len(), 5, "a refusal leaves nothing");
    let bobs = app.ask("POST", "/v1/apps").token(BOB).json(&json!({ "name": "bob's" }));
    let bobs = id(&bobs.send().await.json, "id");
    let ask = app.ask("POST", &format!("/v1/apps/{bobs}/sandbox")).token(BOB).json(&json!({}));
    ask.send().await.expect(202);
}

#[tokio::test]
async fn running_ones_are_counted_from_their_acceptance_to_their_stop() {
    let app = TestApp::new().await;
    let (_, first) = app.stopped().await;
    let (_, second) = app.running().await;
    app.limit("alice", &[(Quota::Running, 1)]).await;
    let before = app.fingerprint().await;
    let start = format!("/v1/sandboxes/{first}/start");
    refused(&app.post(&start, json!({})).await, "running", 1, 1);
    assert_eq!(app.fingerprint().await, before);
    // One that runs may be healed, and given back.
    app.done(app.post(&format!("/v1/sandboxes/{second}/start"), json!({})).await).await;
    app.done(app.post(&format!("/v1/sandboxes/{second}/stop"), json!({})).await).await;
    let started = app.post(&start, json!({})).await;
    started.expect(202);
    refused(&app.post(&format!("/v1/sandboxes/{second}/start"), json!({})).await, "running", 1, 1);
    app.done(started).await;
}

#[tokio::test]
async fn a_fork_counts_all_its_children() {
    let app = TestApp::new().await;
    let (shop, _, snapshot) = app.captured().await;
    app.limit("alice", &[(Quota::Sandboxes, 3)]).await;
    let fork = |count: u32| {
        let body = json!({ "snapshot_id": snapshot, "count": count });
        app.ask("POST", &format!("/v1/apps/{shop}/fork")).json(&body)
    };
    refused(&fork(3).send().await, "sandboxes", 3, 1);
    fork(2).send().await.expect(202);
    refused(&fork(1).send().await, "sandboxes", 3, 3);
}

#[tokio::test]
async fn snapshots_are_counted_those_that_a_restore_keeps_included() {
    let app = TestApp::new().await;
    let (shop, sandbox, snapshot) = app.captured().await;
    app.limit("alice", &[(Quota::Snapshots, 1)]).await;
    let body = json!({ "source_sandbox_id": sandbox, "name": "second" });
    refused(&app.post("/v1/snapshots", body.clone()).await, "snapshots", 1, 1);
    let restore = format!("/v1/apps/{shop}/restore");
    let safe = app.post(&restore, json!({ "snapshot_id": snapshot })).await;
    refused(&safe, "snapshots", 1, 1);
    let plain = json!({ "snapshot_id": snapshot, "safety_snapshot": false });
    app.done(app.post(&restore, plain).await).await;
    app.delete(&format!("/v1/snapshots/{snapshot}")).await.expect(204);
    app.post("/v1/snapshots", body).await.expect(202);
}

#[tokio::test]
async fn checkpoints_take_disk_and_no_place_among_snapshots() {
    let app = TestApp::new().await;
    let (_, sandbox, snapshot) = app.captured().await;
    app.limit("alice", &[(Quota::Snapshots, 1)]).await;
    let body = json!({ "source_sandbox_id": sandbox, "name": "second" });
    refused(&app.post("/v1/snapshots", body.clone()).await, "snapshots", 1, 1);
    let mut tx = app.store.write().await.unwrap();
    sqlx::query(
        "INSERT INTO layers (id, node, depth, state, source, size_bytes, created_at) \
         VALUES ('base', 'n', 1, 'ready', 'a', 600, 0)",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    sqlx::query("UPDATE snapshots SET kind = 'checkpoint', layer_id = 'base' WHERE id = $1")
        .bind(&snapshot)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let quotas = app.get("/v1/quotas").await.json;
    let used = |quota: &str| quotas["quotas"][quota]["used"].as_i64();
    assert_eq!((used("snapshots"), used("disk_bytes")), (Some(0), Some(600)), "{quotas}");
    app.post("/v1/snapshots", body).await.expect(202);
}

#[tokio::test]
async fn who_is_over_the_disk_quota_can_only_give_back() {
    let app = TestApp::new().await;
    let (_, sandbox, snapshot) = app.captured().await;
    app.limit("alice", &[(Quota::DiskBytes, 1000)]).await;
    let mut tx = app.store.write().await.unwrap();
    sqlx::query(
        "INSERT INTO layers (id, node, depth, state, source, size_bytes, created_at) \
         VALUES ('base', 'n', 1, 'ready', 'a', 600, 0), ('top', 'n', 2, 'ready', 'b', 400, 0)",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    sqlx::query("UPDATE layers SET parent_id = 'base' WHERE id = 'top'")
        .execute(&mut *tx)
        .await
        .unwrap();
    // The snapshot and its sandbox stand on the same layers, which count once.
    sqlx::query("UPDATE snapshots SET layer_id = 'top'").execute(&mut *tx).await.unwrap();
    sqlx::query("UPDATE generations SET base_layer_id = 'base'").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    refused(&create(&app).await, "disk_bytes", 1000, 1000);
    let body = json!({ "source_sandbox_id": sandbox, "name": "second" });
    refused(&app.post("/v1/snapshots", body).await, "disk_bytes", 1000, 1000);
    app.post(&format!("/v1/sandboxes/{sandbox}/start"), json!({})).await.expect(202);
    app.delete(&format!("/v1/snapshots/{snapshot}")).await.expect(204);
    create(&app).await.expect(202);
}

#[tokio::test]
async fn operations_are_counted_by_the_minute_and_the_way_out_is_open() {
    let app = TestApp::new().await;
    app.limit("alice", &[(Quota::OperationsPerMinute, 2)]).await;
    let (_, sandbox) = app.running().await;
    create(&app).await.expect(202);
    let beyond = create(&app).await;
    beyond.expect_error(429, "rate_limited");
    let details = &beyond.json["error"]["details"];
    assert_eq!(details["quota"], "operations_per_minute");
    assert_eq!((&details["limit"], &details["used"]), (&json!(2), &json!(2)));
    assert_eq!(beyond.header("ratelimit-limit"), "2");
    assert_eq!(beyond.header("ratelimit-remaining"), "0");
    let wait: u64 = beyond.header("retry-after").parse().unwrap();
    assert!((50..=60).contains(&wait), "{wait}");
    app.done(app.post(&format!("/v1/sandboxes/{sandbox}/stop"), json!({})).await).await;
    app.delete(&format!("/v1/sandboxes/{sandbox}")).await.expect(202);
}

#[tokio::test]
async fn a_tenant_sees_its_limits_and_its_use() {
    let app = TestApp::new().await;
    app.running().await;
    app.captured().await;
    app.limit("alice", &[(Quota::Running, 7), (Quota::Snapshots, 0)]).await;
    let quotas = app.get("/v1/quotas").await.expect(200).json["quotas"].clone();
    assert_eq!(quotas["sandboxes"], json!({ "limit": null, "used": 2 }));
    assert_eq!(quotas["running"], json!({ "limit": 7, "used": 1 }));
    assert_eq!(quotas["snapshots"], json!({ "limit": null, "used": 1 }));
    assert_eq!(quotas["disk_bytes"], json!({ "limit": null, "used": 0 }));
    assert_eq!(quotas["operations_per_minute"], json!({ "limit": null, "used": 4 }));
    let bobs = app.ask("GET", "/v1/quotas").token(BOB).send().await.json["quotas"].clone();
    assert_eq!(bobs["sandboxes"], json!({ "limit": null, "used": 0 }));
    assert_eq!(bobs["running"], json!({ "limit": null, "used": 0 }));
}

#[tokio::test]
async fn an_operator_sets_and_shows_them() {
    let app = TestApp::new().await;
    app.running().await;
    app.admin_ok(&["quota", "set", "--tenant", "alice", "sandboxes=1", "disk_bytes=2g"]).await;
    refused(&create(&app).await, "sandboxes", 1, 1);
    let show = ["quota", "show", "--tenant", "alice", "--json"];
    let shown: Value = serde_json::from_str(&app.admin_ok(&show).await).unwrap();
    let quotas = &shown["quotas"];
    assert_eq!(quotas["sandboxes"], json!({ "limit": 1, "used": 1, "from": "tenant" }));
    assert_eq!(quotas["disk_bytes"], json!({ "limit": 2_i64 << 30, "used": 0, "from": "tenant" }));
    assert_eq!(quotas["running"], json!({ "limit": null, "used": 1, "from": "settings" }));
    app.admin_ok(&["quota", "set", "--tenant", "alice", "sandboxes=default"]).await;
    create(&app).await.expect(202);
    let table = app.admin_ok(&["quota", "show", "--tenant", "alice"]).await;
    assert!(table.contains("QUOTA") && table.contains("2147483648"), "{table}");
    let bad = app.admin(&["quota", "set", "--tenant", "alice", "sandboxes=-1"]).await;
    assert!(!bad.status.success());
}
