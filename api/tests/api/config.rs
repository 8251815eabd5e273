//! An app's config: made, read, changed, deleted, limited, copied to forks.

use serde_json::{Value, json};

use crate::support::{Reply, TestApp, id};

pub(crate) fn path(app: &str) -> String {
    format!("/v1/apps/{app}/config")
}

/// Key and value of each entry; null where there is no value.
fn values(listed: &Reply) -> Value {
    let entries = listed.expect(200).json["config"].as_array().unwrap().iter();
    entries.map(|entry| json!([entry["key"], entry["value"]])).collect()
}

async fn config_events(app: &TestApp, shop: &str) -> Vec<(String, Value)> {
    let events = app.get(&format!("/v1/apps/{shop}/events")).await;
    let mut events: Vec<_> = events.json["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["type"].as_str().unwrap().starts_with("config."))
        .map(|event| (id(event, "type"), event["payload"].clone()))
        .collect();
    events.reverse();
    events
}

#[tokio::test]
async fn an_entry_lives() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    assert_eq!(values(&app.get(&path(&shop)).await), json!([]));
    let made = app.post(&path(&shop), json!({ "key": "b.c-d", "value": "1\n\u{e9}" })).await;
    made.expect(201);
    assert_eq!(made.header("location"), format!("/v1/apps/{shop}/config/b.c-d"));
    assert_eq!(made.json["value"], "1\n\u{e9}");
    assert_eq!(made.json["sensitive"], false);
    assert_eq!(made.json["access_policy"], "control_plane_only");
    let body = json!({
        "key": "A", "value": "", "sensitive": true, "access_policy": "runtime_access",
    });
    app.post(&path(&shop), body).await.expect(201);
    let listed = app.get(&path(&shop)).await;
    assert_eq!(values(&listed), json!([["A", null], ["b.c-d", "1\n\u{e9}"]]));
    assert_eq!(listed.json["config"][1], made.json);
    assert!(listed.json["config"][0].get("value").is_none());

    let entry = format!("{}/b.c-d", path(&shop));
    let changed = app.patch(&entry, json!({ "value": "2" })).await;
    assert_eq!(changed.expect(200).json["value"], "2");
    assert_eq!(changed.json["access_policy"], "control_plane_only");
    assert_eq!(changed.json["created_at"], made.json["created_at"]);
    let changed = app.patch(&entry, json!({ "access_policy": "both" })).await;
    assert_eq!(changed.json["value"], "2");
    assert_eq!(changed.json["access_policy"], "both");
    let before = app.fingerprint().await;
    app.patch(&entry, json!({})).await.expect(200);
    assert_eq!(app.fingerprint().await, before, "an empty patch is no change");
    app.delete(&entry).await.expect(204);
    app.delete(&entry).await.expect_error(404, "not_found");
    app.patch(&entry, json!({ "value": "3" })).await.expect_error(404, "not_found");
    assert_eq!(values(&app.get(&path(&shop)).await), json!([["A", null]]));

    let told = |what: &str, key: &str, sensitive: bool| {
        (format!("config.{what}"), json!({ "key": key, "sensitive": sensitive }))
    };
    let wanted = [
        told("created", "b.c-d", false),
        told("created", "A", true),
        told("updated", "b.c-d", false),
        told("updated", "b.c-d", false),
        told("deleted", "b.c-d", false),
    ];
    assert_eq!(config_events(&app, &shop).await, wanted);
}

#[tokio::test]
async fn a_key_is_taken_once() {
    let app = TestApp::new().await;
    let (shop, other) = (app.app("shop").await, app.app("other").await);
    app.post(&path(&shop), json!({ "key": "A", "value": "1" })).await.expect(201);
    let before = app.fingerprint().await;
    let again = app.post(&path(&shop), json!({ "key": "A", "value": "2" })).await;
    again.expect_error(409, "conflict");
    assert_eq!(app.fingerprint().await, before);
    app.post(&path(&shop), json!({ "key": "a", "value": "2" })).await.expect(201);
    app.post(&path(&other), json!({ "key": "A", "value": "2" })).await.expect(201);
    assert_eq!(values(&app.get(&path(&shop)).await), json!([["A", "1"], ["a", "2"]]));
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let entry = format!("{}/OWN", path(&shop));
    app.post(&path(&shop), json!({ "key": "OWN", "value": "v" })).await.expect(201);
    app.post(&path(&shop), json!({ "key": "PATH", "value": "v" })).await.expect(201);
    let new = |key: &str, more: Value| {
        let mut body = json!({ "key": key, "value": "v" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ("POST", path(&shop), body)
    };
    let patch = |body: Value| ("PATCH", entry.clone(), body);
    let cases = [
        (("POST", path(&shop), json!({ "value": "v" })), "key"),
        (("POST", path(&shop), json!({ "key": "A" })), "value"),
        (new("", json!({})), "key"),
        (new("9A", json!({})), "key"),
        (new("A B", json!({})), "key"),
        (new("A=", json!({})), "key"),
        (new(&"x".repeat(257), json!({})), "key"),
        (new("A", json!({ "key": 1 })), "key"),
        (new("A", json!({ "value": 1 })), "value"),
        (new("A", json!({ "value": null })), "value"),
        (new("A", json!({ "value": ["v"] })), "value"),
        (new("A", json!({ "value": "a\u{0}b" })), "value"),
        (new("A", json!({ "value": "x".repeat(65_537) })), "value"),
        (new("A", json!({ "sensitive": "yes" })), "sensitive"),
        (new("A", json!({ "sensitive": null })), "sensitive"),
        (new("A", json!({ "access_policy": "everybody" })), "access_policy"),
        (new("A", json!({ "policy": "both" })), "policy"),
        (new("HOME", json!({ "access_policy": "both" })), "key"),
        (new("PORT", json!({ "access_policy": "runtime_access" })), "key"),
        (new("SANDBOXD_PORTS", json!({ "access_policy": "agent_access" })), "key"),
        (patch(json!({ "value": null })), "value"),
        (patch(json!({ "sensitive": null })), "sensitive"),
        (patch(json!({ "access_policy": null })), "access_policy"),
        (patch(json!({ "key": "B" })), "key"),
        (
            ("PATCH", format!("{}/PATH", path(&shop)), json!({ "access_policy": "both" })),
            "access_policy",
        ),
    ];
    let before = app.fingerprint().await;
    for ((method, path, body), field) in cases {
        app.ask(method, &path).json(&body).send().await.expect_field(field);
    }
    for key in ["NONE", "9A", "a%20b", "%00", "%ff", "..%2f..", &"x".repeat(300)] {
        for method in ["PATCH", "DELETE"] {
            let path = format!("{}/{key}", path(&shop));
            let reply = app.ask(method, &path).json(&json!({ "value": "v" })).send().await;
            reply.expect_error(404, "not_found");
        }
    }
    assert_eq!(app.fingerprint().await, before);
}

#[tokio::test]
async fn an_app_has_room_for_so_much() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    // As JSON text each is 64 KiB long.
    let large = "x".repeat((64 << 10) - 2);
    for number in 0..8 {
        let body = json!({ "key": format!("L{number}"), "value": large });
        app.post(&path(&shop), body).await.expect(201);
    }
    let full = app.post(&path(&shop), json!({ "key": "M", "value": "" })).await;
    full.expect_error(409, "conflict");
    assert_eq!(full.json["error"]["details"]["json_bytes"], (512 << 10) + 2);
    let entry = format!("{}/L0", path(&shop));
    app.patch(&entry, json!({ "value": "x".repeat(64 << 10) })).await.expect_error(409, "conflict");
    app.patch(&entry, json!({ "value": "\u{1}".repeat(20_000) }))
        .await
        .expect_error(409, "conflict");
    app.patch(&entry, json!({ "value": "y".repeat((64 << 10) - 2) })).await.expect(200);
    app.patch(&entry, json!({ "value": "small" })).await.expect(200);
    for number in 8..200 {
        let body = json!({ "key": format!("L{number}"), "value": "v" });
        app.post(&path(&shop), body).await.expect(201);
    }
    let full = app.post(&path(&shop), json!({ "key": "M", "value": "" })).await;
    full.expect_error(409, "conflict");
    assert_eq!(full.json["error"]["details"]["keys"], 200);
    app.patch(&format!("{}/L199", path(&shop)), json!({ "value": "w" })).await.expect(200);
    let listed = app.get(&path(&shop)).await;
    assert_eq!(listed.json["config"].as_array().unwrap().len(), 200);
    app.delete(&format!("{}/L199", path(&shop))).await.expect(204);
    app.post(&path(&shop), json!({ "key": "M", "value": "" })).await.expect(201);
}

#[tokio::test]
async fn config_goes_with_its_app() {
    let app = TestApp::new().await;
    let (shop, _) = app.stopped().await;
    app.post(&path(&shop), json!({ "key": "A", "value": "1" })).await.expect(201);
    let entry = format!("{}/A", path(&shop));
    let accepted = app.delete(&format!("/v1/apps/{shop}")).await;
    let code = "operation_in_progress";
    app.post(&path(&shop), json!({ "key": "B", "value": "" })).await.expect_error(409, code);
    app.patch(&entry, json!({ "value": "" })).await.expect_error(409, code);
    app.delete(&entry).await.expect_error(409, code);
    app.done(accepted).await;
    app.get(&path(&shop)).await.expect_error(404, "not_found");
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM app_config")
        .fetch_one(&mut *app.store.read().await.unwrap())
        .await
        .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn a_fork_takes_the_config_along_if_told() {
    let app = TestApp::new().await;
    let (shop, _, snapshot) = app.captured().await;
    let secret = json!({
        "key": "S", "value": "hidden", "sensitive": true, "access_policy": "both",
    });
    app.post(&path(&shop), secret).await.expect(201);
    app.post(&path(&shop), json!({ "key": "P", "value": "plain" })).await.expect(201);
    for (copy, count) in [(None, 0), (Some(false), 0), (Some(true), 2)] {
        let mut body = json!({ "snapshot_id": snapshot, "count": 2 });
        if let Some(copy) = copy {
            body["copy_config"] = json!(copy);
        }
        let accepted = app.post(&format!("/v1/apps/{shop}/fork"), body).await;
        let ended = app.done(accepted).await;
        for child in ended["result"]["children"].as_array().unwrap() {
            let child = id(&child["app"], "id");
            let listed = app.get(&path(&child)).await;
            assert_eq!(listed.expect(200).json["config"].as_array().unwrap().len(), count);
            let events = app.get(&format!("/v1/apps/{child}/events?type=app.created")).await;
            assert_eq!(events.json["events"][0]["payload"]["config_keys"], count);
            if count == 0 {
                continue;
            }
            assert_eq!(values(&listed), json!([["P", "plain"], ["S", null]]));
            assert_eq!(listed.json["config"][1]["access_policy"], "both");
            // It is the child's own from now on, and as hidden as before.
            let entry = format!("{}/S", path(&child));
            app.patch(&entry, json!({ "sensitive": false })).await.expect_field("sensitive");
            app.delete(&entry).await.expect(204);
        }
    }
    assert_eq!(values(&app.get(&path(&shop)).await), json!([["P", "plain"], ["S", null]]));
}
