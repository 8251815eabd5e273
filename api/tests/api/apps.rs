//! Apps: made, read, changed, deleted.

use serde_json::json;

use crate::support::{TestApp, id};

#[tokio::test]
async fn an_app_is_made_and_read() {
    let app = TestApp::new().await;
    let body = json!({
        "name": "  Shop ", "description": "sells\nthings", "tags": ["a", "b", "a"],
        "external_user_id": "u1", "external_project_id": "p1",
    });
    let made = app.post("/v1/apps", body).await;
    made.expect(201);
    let made_id = id(&made.json, "id");
    assert_eq!(made.header("location"), format!("/v1/apps/{made_id}"));
    assert_eq!(made.json["name"], "Shop");
    assert_eq!(made.json["tags"], json!(["a", "b"]));
    assert_eq!(made.json["current_sandbox_id"], json!(null));
    let read = app.get(&format!("/v1/apps/{}", made_id.to_lowercase())).await;
    assert_eq!(read.expect(200).json, made.json, "an id is read in either case");
    let events = app.get(&format!("/v1/apps/{made_id}/events")).await;
    assert_eq!(events.json["events"][0]["type"], "app.created");
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_nothing_else() {
    let app = TestApp::new().await;
    let body = json!({ "name": "one", "description": "d", "tags": ["t"] });
    let made = app.post("/v1/apps", body).await.json;
    let path = format!("/v1/apps/{}", id(&made, "id"));
    let renamed = app.patch(&path, json!({ "name": "two" })).await;
    assert_eq!(renamed.expect(200).json["name"], "two");
    assert_eq!(renamed.json["description"], "d");
    let cleared = app.patch(&path, json!({ "description": null, "tags": [] })).await;
    assert_eq!(cleared.expect(200).json["description"], json!(null));
    assert_eq!(cleared.json["tags"], json!([]));
    assert_eq!(cleared.json["name"], "two");
    let before = app.fingerprint().await;
    app.patch(&path, json!({})).await.expect(200);
    assert_eq!(app.fingerprint().await, before, "an empty patch is no change");
    let types = app.get(&format!("{path}/events?type=app.updated")).await;
    assert_eq!(types.json["events"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn deleting_an_app_keeps_its_snapshots_unless_told() {
    for (query, kept) in [("", 1), ("?snapshots=keep", 1), ("?snapshots=delete", 0)] {
        let app = TestApp::new().await;
        let (shop, sandbox, _) = app.captured().await;
        let accepted = app.delete(&format!("/v1/apps/{shop}{query}")).await;
        assert_eq!(accepted.expect(202).json["kind"], "app.delete");
        assert_eq!(
            accepted.json["delete_snapshots"],
            json!(kept == 0),
            "so that it can be repeated"
        );
        let again = app.delete(&format!("/v1/apps/{shop}{query}")).await;
        assert_eq!(again.expect(202).json["id"], accepted.json["id"], "one under way is joined");
        let patch = app.patch(&format!("/v1/apps/{shop}"), json!({ "name": "x" })).await;
        patch.expect_error(409, "operation_in_progress");
        app.done(accepted).await;
        app.get(&format!("/v1/apps/{shop}")).await.expect_error(404, "not_found");
        app.get(&format!("/v1/sandboxes/{sandbox}")).await.expect_error(404, "not_found");
        let snapshots = app.get("/v1/snapshots").await;
        assert_eq!(snapshots.json["snapshots"].as_array().unwrap().len(), kept, "{query}");
        let events = app.get("/v1/events?type=app.deleted").await;
        assert_eq!(events.json["events"][0]["app_id"], shop.as_str());
    }
}

#[tokio::test]
async fn apps_are_found_by_what_they_are() {
    let app = TestApp::new().await;
    app.post("/v1/apps", json!({ "name": "Alpha", "tags": ["x"], "external_user_id": "u" })).await;
    app.post("/v1/apps", json!({ "name": "Beta", "description": "has ALPHA in it" })).await;
    app.post("/v1/apps", json!({ "name": "Gamma", "tags": ["x", "y"] })).await;
    for (query, names) in [
        ("", vec!["Gamma", "Beta", "Alpha"]),
        ("?q=alpha", vec!["Beta", "Alpha"]),
        ("?tag=x", vec!["Gamma", "Alpha"]),
        ("?tag=x&external_user_id=u", vec!["Alpha"]),
        ("?external_user_id=nobody", vec![]),
    ] {
        let found = app.get(&format!("/v1/apps{query}")).await;
        let found: Vec<&str> = found.expect(200).json["apps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|app| app["name"].as_str().unwrap())
            .collect();
        assert_eq!(found, names, "{query}");
    }
}
