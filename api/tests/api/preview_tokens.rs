//! Links to private previews: made, listed, revoked, and followed through a real gateway over the
//! same database.

use std::net::SocketAddr;
use std::time::Duration;

use sandboxd_api::gateway::{GatewayConfig, bind, serve};
use sandboxd_api::previews::{StoreWaker, Table};
use sandboxd_shared::clock::{Clock, SystemClock};
use sandboxd_shared::feed::Changes;
use serde_json::{Value, json};

use crate::support::{Ask, BOB, LIMIT, Reply, TestApp, id};

/// A gateway over the database of `app`.
async fn gateway(app: &TestApp) -> SocketAddr {
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = app.shutdown.clone();
    let changes = Changes::follow(app.store.clone(), app.bell.listen().unwrap(), shutdown.clone());
    let table =
        Table::follow(app.store.clone(), changes, app.key.clone(), shutdown.clone()).await.unwrap();
    let waker = StoreWaker::start(app.store.clone(), shutdown.clone());
    let config = GatewayConfig::new("example.test");
    tokio::spawn(serve(listener, config, table, waker, shutdown));
    address
}

/// Follows a link to what it says of itself; without following on.
async fn follow(gateway: SocketAddr, url: &str) -> Reply {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    Ask::new(gateway, "GET", &format!("/{path}")).header("host", host).send().await
}

async fn visit(gateway: SocketAddr, made: &Value) -> Reply {
    let host = made["url"].as_str().unwrap().split('/').nth(2).unwrap().to_owned();
    let token = made["token"].as_str().unwrap();
    // Asks whether to reload: an answer at once, whether it runs or not.
    Ask::new(gateway, "GET", "/")
        .header("host", &host)
        .header("x-sandboxd-wake-poll", "1")
        .header("x-sandboxd-preview-token", token)
        .send()
        .await
}

async fn starts(app: &TestApp, sandbox: &str) -> usize {
    let path = format!("/v1/operations?sandbox_id={sandbox}&kind=sandbox.start");
    app.get(&path).await.json["operations"].as_array().unwrap().len()
}

/// A stopped sandbox whose previews are private.
async fn asleep(app: &TestApp) -> String {
    let (_, sandbox) = app.stopped().await;
    let path = format!("/v1/sandboxes/{sandbox}");
    app.patch(&path, json!({ "visibility": "private" })).await.expect(200);
    sandbox
}

#[tokio::test]
async fn a_link_is_made_followed_and_revoked() {
    let app = TestApp::new().await;
    let sandbox = asleep(&app).await;
    let gateway = gateway(&app).await;
    let path = format!("/v1/sandboxes/{sandbox}/preview-token");
    let made = app.post(&path, json!({ "path": "/a?b" })).await;
    made.expect(201);
    let (token, url) = (id(&made.json, "token"), id(&made.json, "url"));
    assert_eq!(
        url,
        format!(
            "http://s-{}-3000.preview.example.test:18080/.sandboxd/open?token={token}&to=%2Fa%3Fb",
            sandbox.to_lowercase()
        )
    );
    // At once: the gateway hears of it while it is asked.
    let followed = follow(gateway, &url).await;
    followed.expect(303);
    assert_eq!(followed.header("location"), "/a?b");
    assert!(followed.header("set-cookie").contains(&format!("sandboxd_preview={token}; ")));
    assert_eq!(starts(&app, &sandbox).await, 0, "a link by itself wakes nothing");
    visit(gateway, &json!({ "url": url, "token": format!("{token}x") })).await.expect(401);
    assert_eq!(starts(&app, &sandbox).await, 0, "nor does a forged token");
    visit(gateway, &made.json).await.expect(503);
    let woken = async { while starts(&app, &sandbox).await == 0 {} };
    tokio::time::timeout(LIMIT, woken).await.expect("it is woken");

    let one = format!("/v1/sandboxes/{sandbox}/preview-tokens/{}", id(&made.json, "id"));
    for _ in 0..2 {
        app.delete(&one).await.expect(204);
    }
    // The gateway's own table is a bell behind the row.
    let refused = async { while visit(gateway, &made.json).await.status != 401 {} };
    tokio::time::timeout(Duration::from_secs(3), refused).await.expect("refused soon");
    follow(gateway, &url).await.expect_error(401, "unauthorized");
    let listed = app.get(&format!("/v1/sandboxes/{sandbox}/preview-tokens")).await;
    assert!(listed.json["preview_tokens"][0]["revoked_at"].is_string(), "{}", listed.text);
    assert!(!listed.text.contains(&token));
}

#[tokio::test]
async fn a_link_ends_by_itself_and_visibility_counts_at_once() {
    let app = TestApp::new().await;
    let sandbox = asleep(&app).await;
    let gateway = gateway(&app).await;
    let path = format!("/v1/sandboxes/{sandbox}/preview-token");
    let made = app.post(&path, json!({ "expires_in": "1s", "port": 3000 })).await;
    made.expect(201);
    assert_eq!(made.json["port"], 3000);
    let over = async { while follow(gateway, &id(&made.json, "url")).await.status != 401 {} };
    tokio::time::timeout(LIMIT, over).await.expect("it expires");

    let patch = format!("/v1/sandboxes/{sandbox}");
    for (visibility, status) in [("public", 503), ("private", 401)] {
        app.patch(&patch, json!({ "visibility": visibility })).await.expect(200);
        let counts = async { while visit(gateway, &made.json).await.status != status {} };
        tokio::time::timeout(Duration::from_secs(3), counts).await.expect(visibility);
    }
}

#[tokio::test]
async fn the_token_is_in_no_row_and_the_same_when_replayed() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let path = format!("/v1/sandboxes/{sandbox}/preview-token");
    let ask = app.ask("POST", &path).json(&json!({ "expires_in": "2h" }));
    let ask = ask.header("idempotency-key", "once");
    let first = ask.clone().send().await;
    let again = ask.send().await;
    assert_eq!(first.expect(201).text, again.expect(201).text);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(first.header("location"), format!("/v1/sandboxes/{sandbox}/preview-tokens"));
    let token = id(&first.json, "token");
    let mut conn = app.store.read().await.unwrap();
    let kept: String = sqlx::query_scalar(
        "SELECT (SELECT group_concat(body) FROM idempotency_keys) || \
         (SELECT group_concat(id || sandbox_id || owner) FROM preview_tokens)",
    )
    .fetch_one(&mut *conn)
    .await
    .unwrap();
    assert!(kept.contains(&id(&first.json, "id")) && !kept.contains(&token), "{kept}");
    let expires: jiff::Timestamp = id(&first.json, "expires_at").parse().unwrap();
    let left = expires.as_millisecond() - SystemClock.now().0;
    assert!((7_100_000..=7_200_000).contains(&left), "{left}");
}

#[tokio::test]
async fn a_sandbox_has_so_many_links_and_they_go_with_it() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let path = format!("/v1/sandboxes/{sandbox}/preview-token");
    let mut last = String::new();
    for _ in 0..100 {
        last = id(&app.post(&path, json!({})).await.expect(201).json, "id");
    }
    let refused = app.post(&path, json!({})).await;
    refused.expect_error(429, "quota_exceeded");
    assert_eq!(refused.header("retry-after"), "30");
    let told = json!({ "quota": "preview_tokens", "limit": 100, "used": 100, "retry_after_s": 30 });
    assert_eq!(refused.json["error"]["details"], told);
    let all = format!("/v1/sandboxes/{sandbox}/preview-tokens");
    let page = app.get(&format!("{all}?limit=2")).await;
    assert_eq!(page.json["preview_tokens"].as_array().unwrap().len(), 2);
    assert!(page.json["next_before"].is_string());
    app.delete(&format!("{all}/{last}")).await.expect(204);
    app.post(&path, json!({})).await.expect(201);
    app.done(app.delete(&format!("/v1/sandboxes/{sandbox}")).await).await;
    let mut conn = app.store.read().await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM preview_tokens")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn links_that_open_nothing_any_more_are_not_without_end_either() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let path = format!("/v1/sandboxes/{sandbox}/preview-token");
    app.post(&path, json!({})).await.expect(201);
    let mut tx = app.store.write().await.unwrap();
    sqlx::query(
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 999) \
         INSERT INTO preview_tokens (id, owner, sandbox_id, port, expires_at, revoked_at, created_at) \
         SELECT printf('0%025d', i), owner, sandbox_id, port, expires_at, created_at, created_at \
         FROM n, (SELECT * FROM preview_tokens)",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let refused = app.post(&path, json!({})).await;
    refused.expect_error(429, "quota_exceeded");
    let details = &refused.json["error"]["details"];
    assert_eq!(
        (&details["quota"], &details["limit"]),
        (&json!("preview_tokens_listed"), &json!(1000))
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_link_is_named() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let path = format!("/v1/sandboxes/{sandbox}/preview-token");
    for (body, field) in [
        (json!({ "port": 3001 }), "port"),
        (json!({ "port": 0 }), "port"),
        (json!({ "port": 70_000 }), "port"),
        (json!({ "expires_in": "31d" }), "expires_in"),
        (json!({ "expires_in": "0" }), "expires_in"),
        (json!({ "expires_in": "soon" }), "expires_in"),
        (json!({ "expires_in": 60 }), "expires_in"),
        (json!({ "path": "//evil.test" }), "path"),
        (json!({ "path": "/.sandboxd/open" }), "path"),
        (json!({ "path": "a" }), "path"),
        (json!({ "visibility": "public" }), "visibility"),
    ] {
        app.post(&path, body).await.expect_field(field);
    }
    let unknown = "01JD4X8QK3M5N7P9R1S3T5V7W9";
    let one = format!("/v1/sandboxes/{sandbox}/preview-tokens/{unknown}");
    app.delete(&one).await.expect_error(404, "not_found");
    // A token of one sandbox isn't one of another's, also not of the same tenant.
    let made = app.post(&path, json!({})).await;
    let (_, second) = app.running().await;
    let crossed = format!("/v1/sandboxes/{second}/preview-tokens/{}", id(&made.json, "id"));
    app.delete(&crossed).await.expect_error(404, "not_found");
    let own = format!("/v1/sandboxes/{sandbox}/preview-tokens/{}", id(&made.json, "id"));
    app.ask("DELETE", &own).token(BOB).send().await.expect_error(404, "not_found");
    let all = app.get(&format!("/v1/sandboxes/{sandbox}/preview-tokens")).await;
    assert_eq!(all.json["preview_tokens"][0]["revoked_at"], Value::Null);
}
