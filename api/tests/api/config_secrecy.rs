//! A sensitive value goes in and never comes out: not by an answer, an error, a replay or a copy,
//! and not by a look into the database.

use sandboxd_shared::sealed::{open_keys, rotate};
use sandboxd_shared::secrets::SecretsOptions;
use serde_json::{Value, json};

use crate::config::path;
use crate::support::{Reply, TestApp};

const SECRET: &str = "hunter2-and-more";

#[track_caller]
fn assert_hidden(reply: &Reply) {
    assert!(!reply.text.contains("hunter2"), "{}", reply.text);
    for (name, value) in &reply.headers {
        assert!(!value.to_str().unwrap().contains("hunter2"), "{name}");
    }
}

async fn app_with_secret() -> (TestApp, String) {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let body = json!({ "key": "S", "value": SECRET, "sensitive": true, "access_policy": "both" });
    let made = app.post(&path(&shop), body).await;
    made.expect(201);
    assert_hidden(&made);
    (app, shop)
}

#[tokio::test]
async fn no_patch_brings_a_sensitive_value_back() {
    let (app, shop) = app_with_secret().await;
    let entry = format!("{}/S", path(&shop));
    for (body, status) in [
        (json!({}), 200),
        (json!({ "sensitive": true }), 200),
        (json!({ "access_policy": "control_plane_only" }), 200),
        (json!({ "sensitive": false }), 400),
        (json!({ "sensitive": false, "access_policy": "both" }), 400),
        (json!({ "sensitive": false, "value": null }), 400),
    ] {
        let reply = app.patch(&entry, body.clone()).await;
        reply.expect(status);
        assert_hidden(&reply);
        let listed = app.get(&path(&shop)).await;
        assert_hidden(&listed);
        assert_eq!(listed.json["config"][0]["sensitive"], true, "{body}");
    }
    let shown = app.patch(&entry, json!({ "sensitive": false, "value": "new" })).await;
    assert_eq!(shown.expect(200).json["value"], "new");
    // What may be seen now is hidden again from then on.
    let hidden = app.patch(&entry, json!({ "value": SECRET, "sensitive": true })).await;
    assert_hidden(hidden.expect(200));
    let hidden = app.patch(&entry, json!({ "value": SECRET })).await;
    assert_hidden(hidden.expect(200));
    assert_hidden(&app.get(&path(&shop)).await);
    assert_hidden(&app.get(&format!("/v1/apps/{shop}/events")).await);
    // Somebody who makes the key anew gets the new value.
    app.delete(&entry).await.expect(204);
    let made = app.post(&path(&shop), json!({ "key": "S", "value": "other" })).await;
    assert_eq!(made.expect(201).json["value"], "other");
}

#[tokio::test]
async fn a_replay_shows_no_value_and_tells_nothing_of_one() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let ask = |value: &str| {
        app.ask("POST", &path(&shop))
            .header("idempotency-key", "k1")
            .json(&json!({ "key": "S", "value": value }))
    };
    let made = ask(SECRET).send().await;
    assert_eq!(made.expect(201).json["value"], SECRET, "it isn't sensitive yet");
    app.patch(&format!("{}/S", path(&shop)), json!({ "sensitive": true })).await.expect(200);
    let replayed = ask(SECRET).send().await;
    assert_eq!(replayed.expect(201).header("idempotency-replayed"), "true");
    assert_eq!(replayed.json["key"], "S");
    assert_hidden(&replayed);
    ask("hunter3").send().await.expect_error(422, "idempotency_mismatch");
    // A value that is easy to guess can't be found out by hashing guesses.
    let kept: String = sqlx::query_scalar("SELECT fingerprint FROM idempotency_keys")
        .fetch_one(&mut *app.store.read().await.unwrap())
        .await
        .unwrap();
    let body: Value = json!({ "key": "S", "value": SECRET });
    let plain = blake3::hash(format!("POST {}\n{body}", path(&shop)).as_bytes()).to_hex();
    assert_ne!(kept, plain.to_string());
}

#[tokio::test]
async fn an_error_does_not_repeat_a_value() {
    let (app, shop) = app_with_secret().await;
    let create = path(&shop);
    let entry = format!("{}/S", path(&shop));
    for (method, target, body) in [
        ("POST", &create, json!({ "key": SECRET.to_owned() + " ", "value": "v" }).to_string()),
        ("POST", &create, json!({ "key": "A", "value": { "v": SECRET } }).to_string()),
        ("POST", &create, json!({ "key": "A", "value": [SECRET] }).to_string()),
        ("POST", &create, json!({ "key": "A", "value": format!("{SECRET}\u{0}") }).to_string()),
        ("POST", &create, json!({ "key": "A", "value": SECRET.repeat(5000) }).to_string()),
        ("POST", &create, json!({ "key": "A", "value": "v", "sensitive": SECRET }).to_string()),
        ("POST", &create, json!({ "key": "A", "value": "v", "access_policy": SECRET }).to_string()),
        ("POST", &create, json!({ "key": "A", "value": SECRET, "more": SECRET }).to_string()),
        ("POST", &create, json!({ "key": "S", "value": SECRET }).to_string()),
        (
            "POST",
            &create,
            json!({ "key": "HOME", "value": SECRET, "access_policy": "both" }).to_string(),
        ),
        ("POST", &create, json!([SECRET]).to_string()),
        ("POST", &create, json!(SECRET).to_string()),
        ("POST", &create, format!("{{\"key\":\"A\",\"value\":\"{SECRET}")),
        ("POST", &create, format!("{{\"key\":\"A\",\"value\":{SECRET}}}")),
        ("POST", &create, format!("{{\"key\":\"A\",\"value\":\"{SECRET}\\q\"}}")),
        ("POST", &create, format!("{{\"key\":\"A\",\"value\":\"{SECRET}\"}} {SECRET}")),
        ("PATCH", &entry, json!({ "value": [SECRET] }).to_string()),
        ("PATCH", &entry, json!({ "sensitive": SECRET }).to_string()),
        ("PATCH", &entry, json!({ "access_policy": [SECRET] }).to_string()),
    ] {
        let reply = app.ask(method, target).header("content-type", "application/json").body(body);
        let reply = reply.send().await;
        assert!((400..500).contains(&reply.status), "{}", reply.text);
        assert_hidden(&reply);
    }
    let foreign = app.ask("POST", &create).header("content-type", "text/plain").body(SECRET);
    let foreign = foreign.send().await;
    foreign.expect(415);
    assert_hidden(&foreign);
}

#[tokio::test]
async fn the_database_holds_no_value_in_the_clear() {
    let (app, shop) = app_with_secret().await;
    let plain = json!({ "key": "P", "value": format!("{SECRET} of the public") });
    app.post(&path(&shop), plain).await.expect(201);
    app.ask("POST", &path(&shop))
        .header("idempotency-key", "k")
        .json(&json!({ "key": "K", "value": SECRET }))
        .send()
        .await
        .expect(201);
    app.delete(&format!("{}/S", path(&shop))).await.expect(204);
    let mut looked = 0;
    for file in std::fs::read_dir(app.folder.path()).unwrap() {
        let file = file.unwrap().path();
        let Ok(bytes) = std::fs::read(&file) else { continue };
        looked += bytes.len();
        let found = bytes.windows(7).any(|window| window == b"hunter2");
        assert!(!found, "{}", file.display());
    }
    assert!(looked > 100_000, "database and WAL were looked at");
}

#[tokio::test]
async fn keys_rotate_under_a_running_api() {
    let (app, shop) = app_with_secret().await;
    app.post(&path(&shop), json!({ "key": "P", "value": "plain" })).await.expect(201);
    let options = SecretsOptions::default();
    let operator = open_keys(&app.store, &options, app.folder.path()).await.unwrap();
    let rotated = rotate(&app.store, &operator).await.unwrap();
    assert_eq!((rotated.values, rotated.dropped), (2, Some(1)));
    let listed = app.get(&path(&shop)).await;
    assert_eq!(listed.expect(200).json["config"][0]["value"], "plain");
    app.post(&path(&shop), json!({ "key": "Q", "value": "new" })).await.expect(201);
    let ids: Vec<String> = sqlx::query_scalar("SELECT DISTINCT key_id FROM app_config")
        .fetch_all(&mut *app.store.read().await.unwrap())
        .await
        .unwrap();
    assert_eq!(ids, [rotated.key_id]);
    let updated: Vec<String> =
        app.get(&format!("/v1/apps/{shop}/events?type=config.updated")).await.json["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
    assert_eq!(updated, Vec::<String>::new(), "a rotation is no change");
}
