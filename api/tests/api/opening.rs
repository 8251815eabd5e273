//! Who may call: an API without auth, and one with the token it made.

use sandboxd_api::auth::AuthOptions;
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn without_auth_everybody_here_is_one_tenant() {
    let options = AuthOptions { api_auth_disabled: true, ..AuthOptions::default() };
    let app = TestApp::with(options).await;
    let bare = app.ask("POST", "/v1/apps").without("authorization");
    bare.json(&json!({ "name": "shop" })).send().await.expect(201);
    let any = app.get("/v1/apps").await;
    assert_eq!(any.expect(200).json["apps"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn without_auth_other_sites_pages_are_kept_out() {
    let options = AuthOptions { api_auth_disabled: true, ..AuthOptions::default() };
    let app = TestApp::with(options).await;
    let before = app.fingerprint().await;
    for (name, value) in [("origin", "http://evil.example"), ("host", "evil.example")] {
        let ask = app.ask("POST", "/v1/apps").header(name, value).json(&json!({ "name": "x" }));
        ask.send().await.expect_error(401, "unauthorized");
    }
    assert_eq!(app.fingerprint().await, before);
}

#[tokio::test]
async fn with_no_token_configured_nobody_gets_in_without_the_made_one() {
    let app = TestApp::with(AuthOptions::default()).await;
    app.get("/v1/apps").await.expect_error(401, "unauthorized");
    app.get("/healthz").await.expect(200);
}
