//! Capture, restore and fork, and snapshots themselves.

use serde_json::{Value, json};

use crate::support::{TestApp, id};

#[tokio::test]
async fn a_stopped_sandbox_is_captured() {
    let app = TestApp::new().await;
    let (shop, sandbox) = app.stopped().await;
    let body = json!({ "source_sandbox_id": sandbox, "name": "first" });
    let accepted = app.post("/v1/snapshots", body).await;
    let snapshot = id(&accepted.expect(202).json, "snapshot_id");
    let path = format!("/v1/snapshots/{snapshot}");
    assert_eq!(app.get(&path).await.json["status"], "capturing", "visible at once");
    let refused = app.delete(&path).await;
    refused.expect_error(409, "operation_in_progress");
    assert_eq!(refused.json["error"]["details"]["operation_id"], accepted.json["id"]);
    let ended = app.done(accepted).await;
    let seen = app.get(&path).await.json;
    assert_eq!(ended["result"]["snapshot"], seen);
    assert_eq!((&seen["status"], &seen["kind"]), (&json!("ready"), &json!("manual")));
    assert_eq!(seen["source_app_id"], shop.as_str());
    assert_eq!(seen["size_bytes"], 0);

    let body = json!({ "source_sandbox_id": sandbox, "name": "second" });
    app.done(app.post("/v1/snapshots", body).await).await;
    let tree = app.get(&format!("/v1/apps/{shop}/snapshots")).await.json;
    assert_eq!(tree["snapshots"][0]["parent_snapshot_id"], snapshot.as_str());
    assert_eq!(tree["snapshots"][1]["parent_snapshot_id"], Value::Null);
}

#[tokio::test]
async fn a_running_sandbox_is_captured_only_live() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let before = app.fingerprint().await;
    for body in [
        json!({ "source_sandbox_id": sandbox, "name": "x" }),
        json!({ "source_sandbox_id": sandbox, "name": "x", "live": false }),
    ] {
        let refused = app.post("/v1/snapshots", body).await;
        refused.expect_error(409, "conflict");
        assert_eq!(refused.json["error"]["details"]["status"], "running");
    }
    assert_eq!(app.fingerprint().await, before);
    let body = json!({ "source_sandbox_id": sandbox, "name": "x", "live": true });
    let ended = app.done(app.post("/v1/snapshots", body).await).await;
    assert_eq!(ended["status"], "succeeded");
}

#[tokio::test]
async fn a_restore_names_the_snapshot_that_undoes_it() {
    let app = TestApp::new().await;
    let (shop, sandbox, snapshot) = app.captured().await;
    let path = format!("/v1/apps/{shop}/restore");
    let accepted = app.post(&path, json!({ "snapshot_id": snapshot })).await;
    assert_eq!(accepted.expect(202).json["kind"], "app.restore");
    assert_eq!(app.get(&format!("/v1/sandboxes/{sandbox}")).await.json["status"], "restoring");
    let safety = app.get("/v1/snapshots").await.json["snapshots"][0].clone();
    assert_eq!((&safety["kind"], &safety["status"]), (&json!("safety"), &json!("capturing")));
    // The safety snapshot is in the restore's hands, though the restore is about another one.
    let refused = app.delete(&format!("/v1/snapshots/{}", id(&safety, "id"))).await;
    assert_eq!(
        refused.expect_error(409, "operation_in_progress").json["error"]["details"]["operation_id"],
        accepted.json["id"]
    );
    let ended = app.done(accepted).await;
    assert_eq!(ended["result"]["safety_snapshot_id"], safety["id"]);
    assert_eq!(ended["result"]["sandbox"]["id"], sandbox.as_str(), "the sandbox stays");
    assert_eq!(ended["result"]["sandbox"]["status"], "stopped", "a stopped one stays stopped");

    let accepted =
        app.post(&path, json!({ "snapshot_id": snapshot, "safety_snapshot": false })).await;
    let ended = app.done(accepted).await;
    assert_eq!(ended["result"].get("safety_snapshot_id"), None);
}

#[tokio::test]
async fn an_app_without_a_sandbox_gets_one_by_restore() {
    let app = TestApp::new().await;
    let (_, _, snapshot) = app.captured().await;
    let other = app.app("other").await;
    let path = format!("/v1/apps/{other}/restore");
    let ended = app.done(app.post(&path, json!({ "snapshot_id": snapshot })).await).await;
    assert_eq!(ended["result"]["sandbox"]["status"], "running");
    assert_eq!(ended["result"]["sandbox"]["app_id"], other.as_str());
}

#[tokio::test]
async fn a_snapshot_that_is_not_ready_is_no_source() {
    let app = TestApp::new().await;
    let (shop, sandbox) = app.stopped().await;
    let body = json!({ "source_sandbox_id": sandbox, "name": "x" });
    let capturing = id(&app.post("/v1/snapshots", body).await.json, "snapshot_id");
    let other = app.app("other").await;
    let before = app.fingerprint().await;
    let project = json!({ "id": "p", "user_id": "u" });
    for refused in [
        app.post(&format!("/v1/apps/{other}/restore"), json!({ "snapshot_id": capturing })).await,
        app.post(&format!("/v1/apps/{shop}/fork"), json!({ "snapshot_id": capturing })).await,
        app.post("/v1/sandboxes", json!({ "project": project, "from_snapshot": capturing })).await,
    ] {
        refused.expect_error(409, "conflict");
        assert_eq!(refused.json["error"]["details"]["status"], "capturing");
    }
    assert_eq!(app.fingerprint().await, before, "not even the project's app is left");
}

#[tokio::test]
async fn a_fork_makes_apps_that_follow_their_source() {
    let app = TestApp::new().await;
    let (shop, sandbox, snapshot) = app.captured().await;
    app.patch(&format!("/v1/sandboxes/{sandbox}"), json!({ "visibility": "private" })).await;
    let path = format!("/v1/apps/{shop}/fork");
    let one = app.done(app.post(&path, json!({ "snapshot_id": snapshot })).await).await;
    assert_eq!(one["result"]["app"]["name"], "shop (fork)");
    assert_eq!(one["result"]["app"]["forked_from"]["snapshot_id"], snapshot.as_str());
    assert_eq!(one["result"]["sandbox"]["visibility"], "private");
    assert_eq!(one["result"]["children"].as_array().unwrap().len(), 1);

    let body = json!({ "snapshot_id": snapshot, "count": 3, "name": "try", "git": "keep" });
    let three = app.done(app.post(&path, body).await).await;
    let names: Vec<&str> = three["result"]["children"]
        .as_array()
        .unwrap()
        .iter()
        .map(|child| child["app"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["try 1", "try 2", "try 3"]);
    assert_eq!(three["result"].get("app"), None, "there is no one app");
    for (body, field) in [
        (json!({ "snapshot_id": snapshot, "count": 0 }), "count"),
        (json!({ "snapshot_id": snapshot, "count": 17 }), "count"),
        (json!({ "snapshot_id": snapshot, "git": "squash" }), "git"),
        (json!({ "snapshot_id": snapshot, "copy_config": "yes" }), "copy_config"),
    ] {
        app.post(&path, body).await.expect_field(field);
    }
}

#[tokio::test]
async fn a_snapshot_is_renamed_and_deleted() {
    let app = TestApp::new().await;
    let (shop, _, snapshot) = app.captured().await;
    let path = format!("/v1/snapshots/{snapshot}");
    let renamed = app.patch(&path, json!({ "name": " better " })).await;
    assert_eq!(renamed.expect(200).json["name"], "better");
    let deleted = app.delete(&path).await;
    assert_eq!(deleted.expect(204).text, "");
    app.get(&path).await.expect_error(404, "not_found");
    app.delete(&path).await.expect_error(404, "not_found");
    let events = app.get(&format!("/v1/apps/{shop}/events?type=snapshot.deleted")).await.json;
    assert_eq!(events["events"][0]["snapshot_id"], snapshot.as_str());
    assert_eq!(
        events["events"][0]["payload"],
        json!({ "name": "better", "kind": "manual", "reason": "api" })
    );
}

#[tokio::test]
async fn a_snapshot_that_an_operation_needs_stays() {
    let app = TestApp::new().await;
    let (shop, _, snapshot) = app.captured().await;
    let fork = app.post(&format!("/v1/apps/{shop}/fork"), json!({ "snapshot_id": snapshot })).await;
    let refused = app.delete(&format!("/v1/snapshots/{snapshot}")).await;
    refused.expect_error(409, "operation_in_progress");
    assert_eq!(refused.json["error"]["details"]["operation_id"], fork.json["id"]);
    let refused = app.delete(&format!("/v1/apps/{shop}?snapshots=delete")).await;
    refused.expect_error(409, "operation_in_progress");
    app.done(fork).await;
    app.delete(&format!("/v1/snapshots/{snapshot}")).await.expect(204);
}

/// A snapshot that is made a checkpoint, as a task would leave it.
async fn checkpoint(app: &TestApp, snapshot: &str) {
    let mut tx = app.store.write().await.unwrap();
    sqlx::query("UPDATE snapshots SET kind = 'checkpoint' WHERE id = $1")
        .bind(snapshot)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_checkpoint_that_is_named_is_kept() {
    let app = TestApp::new().await;
    let (_, _, snapshot) = app.captured().await;
    checkpoint(&app, &snapshot).await;
    let kept = async || -> bool {
        let mut conn = app.store.read().await.unwrap();
        let sql = "SELECT kept FROM snapshots WHERE id = $1";
        sqlx::query_scalar(sql).bind(&snapshot).fetch_one(&mut *conn).await.unwrap()
    };
    let path = format!("/v1/snapshots/{snapshot}");
    app.patch(&path, json!({})).await.expect(200);
    assert!(!kept().await, "nothing was asked");
    // Its own name, too: it was said that it is wanted.
    app.patch(&path, json!({ "name": "first" })).await.expect(200);
    assert!(kept().await);
}

#[tokio::test]
async fn a_list_is_of_one_kind_if_asked() {
    let app = TestApp::new().await;
    let (shop, sandbox, first) = app.captured().await;
    checkpoint(&app, &first).await;
    let body = json!({ "source_sandbox_id": sandbox, "name": "second" });
    let second = id(&app.done(app.post("/v1/snapshots", body).await).await, "snapshot_id");
    for list in ["/v1/snapshots".to_owned(), format!("/v1/apps/{shop}/snapshots")] {
        for (kind, wanted) in
            [("checkpoint", vec![&first]), ("manual", vec![&second]), ("safety", vec![])]
        {
            let found = app.get(&format!("{list}?kind={kind}")).await;
            let found = found.expect(200).json["snapshots"].as_array().unwrap().clone();
            let ids: Vec<String> = found.iter().map(|one| id(one, "id")).collect();
            assert_eq!(ids.iter().collect::<Vec<_>>(), wanted, "{list} {kind}");
        }
        app.get(&format!("{list}?kind=other")).await.expect_field("kind");
    }
}
