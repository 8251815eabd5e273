//! Browsers sign in with a token and then have a cookie.

use sandboxd_api::auth::AuthOptions;
use serde_json::{Value, json};

use crate::support::{ALICE, Ask, Reply, Sse, TestApp, until};

const COOKIE: &str = "sandboxd_session";

pub(crate) fn sign_in(app: &TestApp, token: &str) -> Ask {
    let ask = app.ask("POST", "/v1/session").without("authorization");
    ask.json(&json!({ "token": token }))
}

/// The cookie that an answer sets, as a browser sends it back.
pub(crate) fn cookie(reply: &Reply) -> String {
    reply.header("set-cookie").split(';').next().unwrap().to_owned()
}

pub(crate) struct Browser {
    pub(crate) cookie: String,
    csrf: String,
}

impl Browser {
    pub(crate) async fn of(app: &TestApp, token: &str) -> Self {
        let reply = sign_in(app, token).send().await;
        reply.expect(201);
        let csrf = reply.json["csrf_token"].as_str().unwrap().to_owned();
        Self { cookie: cookie(&reply), csrf }
    }

    pub(crate) fn ask(&self, app: &TestApp, method: &str, path: &str) -> Ask {
        app.ask(method, path).without("authorization").header("cookie", &self.cookie)
    }

    pub(crate) fn write(&self, app: &TestApp, method: &str, path: &str) -> Ask {
        self.ask(app, method, path).header("x-csrf-token", &self.csrf)
    }
}

#[tokio::test]
async fn a_browser_signs_in_reads_writes_and_signs_out() {
    let app = TestApp::new().await;
    let reply = sign_in(&app, ALICE).send().await;
    reply.expect(201);
    assert_eq!(reply.json["tenant"], "alice");
    assert!(reply.json["expires_at"].is_string());
    let set = reply.header("set-cookie");
    for wanted in ["; Path=/", "; HttpOnly", "; SameSite=Strict"] {
        assert!(set.contains(wanted), "{set}");
    }
    assert!(set.starts_with("sandboxd_session=") && !set.contains("Secure"), "{set}");
    assert!(!reply.text.contains(cookie(&reply).split_once('=').unwrap().1));

    let browser =
        Browser { cookie: cookie(&reply), csrf: reply.json["csrf_token"].as_str().unwrap().into() };
    let who = browser.ask(&app, "GET", "/v1/session").send().await;
    assert_eq!((&who.json["tenant"], &who.json["auth"]), (&json!("alice"), &json!("session")));
    assert_eq!(who.json["csrf_token"], browser.csrf.as_str());
    let body = json!({ "name": "shop" });
    browser.write(&app, "POST", "/v1/apps").json(&body).send().await.expect(201);
    let apps = browser.ask(&app, "GET", "/v1/apps").send().await;
    assert_eq!(apps.expect(200).json["apps"].as_array().unwrap().len(), 1);

    let mut stream = Sse::of(browser.ask(&app, "GET", "/v1/events")).await;
    let out = browser.write(&app, "DELETE", "/v1/session").send().await;
    assert!(stream.next().await.is_none(), "what is open ends, too");
    assert!(out.expect(204).header("set-cookie").contains("Max-Age=0"));
    browser.ask(&app, "GET", "/v1/apps").send().await.expect_error(401, "unauthorized");
}

#[tokio::test]
async fn writes_must_show_that_they_come_from_our_page() {
    let app = TestApp::new().await;
    let browser = Browser::of(&app, ALICE).await;
    let other = Browser::of(&app, ALICE).await;
    assert_ne!(browser.csrf, other.csrf);
    let before = app.fingerprint().await;
    let write = || browser.ask(&app, "POST", "/v1/apps").json(&json!({ "name": "shop" }));
    for refused in [
        write(),
        write().header("x-csrf-token", ""),
        write().header("x-csrf-token", &other.csrf),
        write().header("x-csrf-token", &browser.csrf[1..]),
        write().header("x-csrf-token", &browser.csrf).header("origin", "http://evil.example"),
        write().header("x-csrf-token", &browser.csrf).header("origin", "null"),
        write().header("x-csrf-token", &browser.csrf).header("sec-fetch-site", "same-site"),
    ] {
        refused.send().await.expect_error(401, "unauthorized");
    }
    for method in ["PATCH", "DELETE"] {
        let path = "/v1/apps/01JD4X8QK3M5N7P9R1S3T5V7W9";
        let refused = browser.ask(&app, method, path).json(&json!({})).send().await;
        refused.expect_error(401, "unauthorized");
        assert!(refused.text.contains("X-CSRF-Token"), "{}", refused.text);
    }
    assert_eq!(app.fingerprint().await, before);
    let origin = format!("http://{}", app.address);
    let ours = write().header("x-csrf-token", &browser.csrf).header("origin", &origin);
    ours.send().await.expect(201);
}

#[tokio::test]
async fn other_sites_pages_can_not_read_or_listen_either() {
    let app = TestApp::new().await;
    let browser = Browser::of(&app, ALICE).await;
    for (name, value) in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")] {
        for accept in ["application/json", "text/event-stream"] {
            let ask = browser.ask(&app, "GET", "/v1/events").header(name, value);
            ask.header("accept", accept).send().await.expect_error(401, "unauthorized");
        }
    }
    let socket = browser.ask(&app, "GET", "/v1/events").header("upgrade", "websocket");
    socket.send().await.expect_error(401, "unauthorized");
    // Nor sign a browser in as somebody else.
    let foreign = sign_in(&app, ALICE).header("origin", "http://evil.example").send().await;
    foreign.expect_error(401, "unauthorized");
    assert_eq!(foreign.header("set-cookie"), "");
}

#[tokio::test]
async fn over_tls_the_cookie_is_for_tls_and_this_host_only() {
    let app = TestApp::new().await;
    for (name, value) in
        [("origin", format!("https://{}", app.address)), ("x-forwarded-proto", "https".to_owned())]
    {
        let reply = sign_in(&app, ALICE).header(name, &value).send().await;
        let set = reply.expect(201).header("set-cookie").to_owned();
        assert!(set.starts_with("__Host-sandboxd_session=") && set.contains("; Secure"), "{set}");
        let ask = app.ask("GET", "/v1/session").without("authorization");
        let who = ask.header("cookie", &cookie(&reply)).send().await;
        assert_eq!(who.expect(200).json["auth"], "session");
    }
}

#[tokio::test]
async fn a_session_ends_with_its_token() {
    let app = TestApp::new().await;
    let token = app.admin_ok(&["token", "create", "--tenant", "carol"]).await;
    let browser = Browser::of(&app, &token).await;
    browser.ask(&app, "GET", "/v1/apps").send().await.expect(200);
    let listed = app.admin_ok(&["token", "list", "--json"]).await;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let id = listed["tokens"][0]["id"].as_str().unwrap();
    assert!(app.admin_ok(&["token", "revoke", id]).await.ends_with("1 sessions ended."));
    browser.ask(&app, "GET", "/v1/apps").send().await.expect_error(401, "unauthorized");
}

#[tokio::test]
async fn a_session_of_the_settings_ends_when_they_lose_its_token() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    std::fs::write(&file, "alice=one\nbob=two\n").unwrap();
    let options = AuthOptions { api_tokens_file: Some(file.clone()), ..AuthOptions::default() };
    let app = TestApp::with(options).await;
    let browser = Browser::of(&app, "one").await;
    browser.ask(&app, "GET", "/v1/apps").send().await.expect(200);
    std::fs::write(&file, "alice=other\nbob=two\n").unwrap();
    app.auth.reload();
    browser.ask(&app, "GET", "/v1/apps").send().await.expect_error(401, "unauthorized");
}

#[tokio::test]
async fn a_session_that_is_not_used_ends_and_one_that_is_ends_after_a_week() {
    let app = TestApp::new().await;
    let (hour, day) = (3_600_000_i64, 86_400_000);
    let now = app.store.clock().now().0;
    for (made, seen, works) in [
        (now - 11 * hour, now - 11 * hour, true),
        (now - 13 * hour, now - 13 * hour, false),
        (now - 6 * day, now - hour, true),
        (now - 8 * day, now - hour, false),
    ] {
        let browser = Browser::of(&app, ALICE).await;
        let mut tx = app.store.write().await.unwrap();
        sqlx::query("UPDATE sessions SET created_at = $1, seen_at = $2 WHERE created_at > $3")
            .bind(made)
            .bind(seen)
            .bind(now - 1)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let status = if works { 200 } else { 401 };
        browser.ask(&app, "GET", "/v1/session").send().await.expect(status);
    }
}

#[tokio::test]
async fn what_is_no_session_is_refused() {
    let app = TestApp::new().await;
    let browser = Browser::of(&app, ALICE).await;
    let (_, secret) = browser.cookie.split_once('=').unwrap();
    let ask =
        |cookie: &str| app.ask("GET", "/v1/apps").without("authorization").header("cookie", cookie);
    for bad in [
        format!("{COOKIE}={}", "0".repeat(64)),
        format!("{COOKIE}={}", &secret[1..]),
        format!("{COOKIE}={secret}; {COOKIE}={secret}"),
        format!("other={secret}"),
        format!("{COOKIE}={ALICE}"),
    ] {
        ask(&bad).send().await.expect_error(401, "unauthorized");
    }
    // A token that is wrong isn't made good by a cookie.
    let both = browser.ask(&app, "GET", "/v1/apps").token("wrong");
    both.send().await.expect_error(401, "unauthorized");
    sign_in(&app, "wrong").send().await.expect_error(401, "unauthorized");
    sign_in(&app, "").send().await.expect_error(401, "unauthorized");
}

#[tokio::test]
async fn who_guesses_tokens_is_slowed_down_and_nobody_else() {
    let tokens = format!("alice={ALICE},bob=bob-token");
    let app = TestApp::with(AuthOptions {
        api_tokens: Some(tokens),
        auth_failures_per_minute: 5,
        ..AuthOptions::default()
    })
    .await;
    app.get("/v1/apps").await.expect(200);
    for guess in 0..5 {
        let ask = sign_in(&app, &format!("guess-{guess}"));
        ask.send().await.expect_error(401, "unauthorized");
    }
    let waits = sign_in(&app, "guess").send().await;
    waits.expect_error(429, "rate_limited");
    let seconds: u64 = waits.header("retry-after").parse().unwrap();
    assert!((1..=61).contains(&seconds), "{seconds}");
    // Not even a good one is looked at, unless it was good from here before.
    sign_in(&app, "bob-token").send().await.expect_error(429, "rate_limited");
    app.ask("GET", "/v1/apps").token("bob-token").send().await.expect_error(429, "rate_limited");
    app.get("/v1/apps").await.expect(200);
    sign_in(&app, ALICE).send().await.expect(201);
}

/// Five wrong tokens said to be of one client, then bob's right one said to be of another.
async fn after_guesses_by_a_proxy(trusted: &str) -> u16 {
    let app = TestApp::with(AuthOptions {
        api_tokens: Some("bob=bob-token".to_owned()),
        auth_failures_per_minute: 5,
        trusted_proxies: trusted.parse().unwrap(),
        ..AuthOptions::default()
    })
    .await;
    for guess in 0..6 {
        // What a client writes before the proxy's own word changes nothing.
        let said = format!("198.51.100.{guess}, 203.0.113.6");
        let ask = sign_in(&app, "guess").header("x-forwarded-for", &said).send().await;
        assert_eq!(ask.status, if guess < 5 { 401 } else { 429 });
    }
    sign_in(&app, "bob-token").header("x-forwarded-for", "203.0.113.7").send().await.status
}

#[tokio::test]
async fn clients_behind_a_proxy_are_told_apart_if_it_is_trusted() {
    assert_eq!(after_guesses_by_a_proxy("127.0.0.1").await, 201);
    assert_eq!(after_guesses_by_a_proxy("").await, 429);
    assert_eq!(after_guesses_by_a_proxy("10.0.0.0/8").await, 429);
}

#[tokio::test]
async fn while_auth_is_off_there_is_nothing_to_sign_in_to() {
    let options = AuthOptions { api_auth_disabled: true, ..AuthOptions::default() };
    let app = TestApp::with(options).await;
    let who = app.ask("GET", "/v1/session").without("authorization").send().await;
    assert_eq!(who.expect(200).json, json!({ "tenant": "default", "auth": "off" }));
    sign_in(&app, "x").send().await.expect_error(409, "conflict");
}

#[tokio::test]
async fn a_token_has_a_hundred_sessions_at_most() {
    let app = TestApp::new().await;
    let first = Browser::of(&app, ALICE).await;
    for _ in 0..100 {
        Browser::of(&app, ALICE).await;
    }
    let ask = first.ask(&app, "GET", "/v1/apps");
    until(&ask, |reply| reply.status == 401).await;
}
