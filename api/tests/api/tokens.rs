//! Tokens that an operator makes while the API runs.

use serde_json::{Value, json};

use crate::support::{ALICE, Sse, TestApp, until};

async fn list(app: &TestApp) -> Vec<Value> {
    let text = app.admin_ok(&["token", "list", "--json"]).await;
    let json: Value = serde_json::from_str(&text).unwrap();
    json["tokens"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_token_opens_the_api_from_its_making_to_its_revocation() {
    let app = TestApp::new().await;
    let token = app.admin_ok(&["token", "create", "--tenant", "carol", "--label", "ci"]).await;
    assert!(token.starts_with("sbx_") && token.len() == 68, "{token}");
    let ask = app.ask("GET", "/v1/session").token(&token);
    let who = ask.clone().send().await;
    assert_eq!(who.expect(200).json, json!({ "tenant": "carol", "auth": "token" }));
    app.get("/v1/session").await.expect(200);

    let listed = list(&app).await;
    assert_eq!((&listed[0]["tenant"], &listed[0]["label"]), (&json!("carol"), &json!("ci")));
    assert_eq!((&listed[0]["source"], &listed[0]["state"]), (&json!("admin"), &json!("live")));
    let id = listed[0]["id"].as_str().unwrap().to_owned();
    assert!(app.admin_ok(&["token", "revoke", &id]).await.contains("carol is revoked"));
    until(&ask, |reply| reply.status == 401).await.expect_error(401, "unauthorized");
    assert_eq!(list(&app).await[0]["state"], "revoked");
    assert!(app.admin_ok(&["token", "revoke", &id]).await.contains("was revoked before"));
    app.get("/v1/apps").await.expect(200);
}

#[tokio::test]
async fn what_a_token_has_opened_ends_with_it() {
    let app = TestApp::new().await;
    let token = app.admin_ok(&["token", "create", "--tenant", "alice"]).await;
    let mut cut = Sse::of(app.ask("GET", "/v1/events").token(&token)).await;
    let mut stays = Sse::open(&app, "/v1/events").await;
    app.app("shop").await;
    assert_eq!(cut.next().await.unwrap().kind, "app.created");
    let id = list(&app).await[0]["id"].as_str().unwrap().to_owned();
    app.admin_ok(&["token", "revoke", &id]).await;
    assert!(cut.next().await.is_none());
    app.app("other").await;
    assert_eq!(stays.take(2).await[1].kind, "app.created");
}

#[tokio::test]
async fn only_a_hash_of_it_is_kept() {
    let mut app = TestApp::new().await;
    let token = app.admin_ok(&["token", "create", "--tenant", "carol"]).await;
    app.ask("GET", "/v1/apps").token(&token).send().await.expect(200);
    app.end().await;
    for file in std::fs::read_dir(app.data()).unwrap().flatten() {
        let Ok(bytes) = std::fs::read(file.path()) else { continue };
        let secret = token.strip_prefix("sbx_").unwrap().as_bytes();
        let found = bytes.windows(secret.len()).any(|part| part == secret);
        assert!(!found, "{}", file.path().display());
    }
}

#[tokio::test]
async fn one_that_has_expired_opens_nothing() {
    let app = TestApp::new().await;
    let create = ["token", "create", "--tenant", "carol", "--expires-in", "1ms"];
    let token = app.admin_ok(&create).await;
    let ask = app.ask("GET", "/v1/apps").token(&token);
    until(&ask, |reply| reply.status == 401).await;
    assert_eq!(list(&app).await[0]["state"], "expired");
    // One that is known expires just the same.
    let create = ["token", "create", "--tenant", "carol", "--expires-in", "1s"];
    let token = app.admin_ok(&create).await;
    let ask = app.ask("GET", "/v1/apps").token(&token);
    until(&ask, |reply| reply.status == 401).await;
}

#[tokio::test]
async fn the_last_use_of_every_token_is_told() {
    let mut app = TestApp::new().await;
    let token = app.admin_ok(&["token", "create", "--tenant", "carol", "--label", "ci"]).await;
    app.ask("GET", "/v1/apps").token(&token).send().await.expect(200);
    app.get("/v1/apps").await.expect(200);
    assert!(list(&app).await[0]["last_used_at"].is_null(), "uses are gathered for a while");
    app.end().await;
    let listed = list(&app).await;
    let shown: Vec<_> = listed
        .iter()
        .map(|token| (token["tenant"].as_str().unwrap(), token["source"].as_str().unwrap()))
        .collect();
    assert_eq!(shown, [("carol", "admin"), ("alice", "settings")]);
    assert!(listed.iter().all(|token| token["last_used_at"].is_string()), "{listed:?}");
    let table = app.admin_ok(&["token", "list", "--tenant", "alice"]).await;
    assert!(table.starts_with("ID") && table.contains("settings:alice:1"), "{table}");
    assert!(!table.contains("carol") && !table.contains(ALICE));
}

#[tokio::test]
async fn what_can_not_be_done_says_what_to_do() {
    let app = TestApp::new().await;
    for (arguments, says) in [
        (&["token", "create", "--tenant", "(system)"][..], "a tenant's name has"),
        (&["token", "create", "--tenant", ""], "a tenant's name has"),
        (&["token", "create", "--tenant", "a", "--label", ""], "1 to 200"),
        (&["token", "revoke", "settings:alice:1"], "SIGHUP"),
        (&["token", "revoke", "x"], "admin token list"),
        (&["token", "revoke", "01JD4X8QK3M5N7P9R1S3T5V7W9"], "there is no token"),
    ] {
        let refused = app.admin(arguments).await;
        let text = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && text.contains(says), "{arguments:?}: {text}");
    }
    assert!(list(&app).await.is_empty());
}
