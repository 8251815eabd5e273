//! What lasts ends when what it was opened with does: by a token that is revoked or expires, by a
//! session that is signed out of, here or at another process.

use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_tungstenite::tungstenite::Message;

use crate::programs::Ground;
use crate::sessions::Browser;
use crate::support::{ALICE, FakeNode, TestApp, WORKER, answer, in_time};

/// It is looked at every second.
pub(crate) const SOON: Duration = Duration::from_secs(3);

/// A token of alice's that can be revoked, and its id.
pub(crate) async fn token(app: &TestApp) -> (String, String) {
    let token = app.admin_ok(&["token", "create", "--tenant", "alice"]).await;
    let listed = app.admin_ok(&["token", "list", "--json"]).await;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let made = listed["tokens"].as_array().unwrap();
    let made = made.iter().find(|token| token["id"].is_string()).unwrap();
    (token, made["id"].as_str().unwrap().to_owned())
}

/// The program's connection is closed.
async fn is_let_go(program: &mut (impl AsyncRead + Unpin)) {
    let _ = in_time("its program is let go of", program.read_to_end(&mut Vec::new())).await;
}

#[tokio::test]
async fn a_terminal_ends_with_its_token() {
    let mut ground = Ground::new().await;
    let (token, id) = token(&ground.app).await;
    let bearer = format!("Bearer {token}");
    let (mut socket, mut program) =
        ground.terminal_by("", &[("authorization", bearer.as_str())]).await;
    let (mut other, _others) =
        ground.terminal_by("", &[("authorization", "Bearer alice-token")]).await;
    ground.app.admin_ok(&["token", "revoke", &id]).await;
    let revoked = Instant::now();
    let Some(Ok(Message::Close(Some(close)))) = in_time("the end", socket.next()).await else {
        panic!("a close")
    };
    assert_eq!(u16::from(close.code), 1008);
    is_let_go(&mut program).await;
    assert!(revoked.elapsed() < SOON, "{:?}", revoked.elapsed());
    let goes_on = tokio::time::timeout(Duration::from_millis(50), other.next()).await;
    assert!(goes_on.is_err(), "{goes_on:?}");
}

#[tokio::test]
async fn a_terminal_ends_with_its_session() {
    let mut ground = Ground::new().await;
    let browser = Browser::of(&ground.app, ALICE).await;
    let origin = format!("http://{}", ground.app.address);
    let headers = [("cookie", browser.cookie.as_str()), ("origin", origin.as_str())];
    let (mut socket, mut program) = ground.terminal_by("", &headers).await;
    browser.write(&ground.app, "DELETE", "/v1/session").send().await.expect(204);
    let ended = in_time("the end", socket.next()).await;
    assert!(matches!(ended, Some(Ok(Message::Close(Some(_))))), "{ended:?}");
    is_let_go(&mut program).await;
    // Ended by another process, of which nothing is heard here, or grown old.
    for sql in ["DELETE FROM sessions", "UPDATE sessions SET seen_at = 1, created_at = 1"] {
        let browser = Browser::of(&ground.app, ALICE).await;
        let headers = [("cookie", browser.cookie.as_str()), ("origin", origin.as_str())];
        let (mut socket, mut program) = ground.terminal_by("", &headers).await;
        let mut tx = ground.app.store.write().await.unwrap();
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let begun = Instant::now();
        let ended = in_time("the end", socket.next()).await;
        assert!(matches!(ended, Some(Ok(Message::Close(Some(_))))), "{ended:?}");
        is_let_go(&mut program).await;
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn other_sites_pages_open_no_terminal() {
    let ground = Ground::new().await;
    let browser = Browser::of(&ground.app, ALICE).await;
    let open = |origin: Option<&str>| {
        let ask = browser.ask(&ground.app, "GET", &format!("{}/terminal", ground.sandbox));
        let ask = [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]
        .iter()
        .fold(ask, |ask, (name, value)| ask.header(name, value));
        origin.map_or(ask.clone(), |origin| ask.header("origin", origin))
    };
    let preview = format!("http://s-1-3000.{}", ground.app.address);
    for origin in [None, Some("http://evil.example"), Some("null"), Some(&*preview)] {
        open(origin).send().await.expect_error(401, "unauthorized");
    }
    assert!(ground.node.asked().is_empty());
}

#[tokio::test]
async fn a_program_ends_with_its_token() {
    for accept in ["application/json", "application/x-ndjson", "text/event-stream"] {
        let mut ground = Ground::new().await;
        let (token, id) = token(&ground.app).await;
        let ask = ground.app.ask("POST", &format!("{}/exec", ground.sandbox)).token(&token);
        let ask = ask.json(&json!({ "cmd": "top", "timeout": "1h" })).header("accept", accept);
        let running = tokio::spawn(async move { ask.open().await.into_body().collect().await });
        let mut program = ground.program().await;
        ground.app.admin_ok(&["token", "revoke", &id]).await;
        let revoked = Instant::now();
        is_let_go(&mut program).await;
        assert!(revoked.elapsed() < SOON, "{accept}: {:?}", revoked.elapsed());
        let _ = in_time("the answer's end", running).await.unwrap();
    }
}

#[tokio::test]
async fn downloads_and_logs_end_with_their_token() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    app.worker().beat("node-of-the-settings").await;
    let _node = FakeNode::start(&app.node_sockets, WORKER, |asked| {
        let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"first"))]);
        let mut response = answer(200, Body::from_stream(first.chain(stream::pending())));
        if asked.target.contains("content") {
            response.headers_mut().insert("content-length", "1000".parse().unwrap());
        }
        response
    });
    let (token, id) = token(&app).await;
    let mut open = Vec::new();
    for (what, accept) in [
        ("logs?follow=true", "text/plain"),
        ("logs?follow=true", "text/event-stream"),
        ("export", "*/*"),
        ("files/content?path=x", "*/*"),
    ] {
        let ask = app.ask("GET", &format!("/v1/sandboxes/{sandbox}/{what}")).token(&token);
        let mut body = ask.header("accept", accept).open().await.into_body();
        assert!(in_time("the first piece", body.frame()).await.unwrap().is_ok(), "{what}");
        open.push((what, body));
    }
    app.admin_ok(&["token", "revoke", &id]).await;
    let revoked = Instant::now();
    for (what, body) in open {
        let _ = in_time(what, body.collect()).await;
        assert!(revoked.elapsed() < SOON, "{what}: {:?}", revoked.elapsed());
    }
}
