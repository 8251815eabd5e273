//! Programs, terminals and logs of a sandbox that runs.

use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use http_body_util::BodyExt;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::ground::{Ground, LIMIT};

#[tokio::test(flavor = "multi_thread")]
async fn programs_run_are_followed_time_out_and_end_with_their_client() {
    let ground = Ground::new().await;
    let said = ground
        .exec(&json!({
            "cmd": ["sh", "-c", "pwd; echo $A >&2; exit 3"], "env": { "A": "b c" }, "cwd": ".",
        }))
        .await;
    assert_eq!(said["exit_code"], 3);
    assert_eq!(
        (&said["stdout"], &said["stderr"]),
        (&json!("/home/sandbox/app\n"), &json!("b c\n"))
    );
    let missing = json!({ "cmd": ["no-such-program"] });
    let missing = ground.stack.client.post(&ground.path("exec"), &missing).await.unwrap();
    assert_eq!(missing.status, StatusCode::BAD_REQUEST, "{}", missing.text());
    assert_eq!(missing.json()["error"]["details"]["field"], "cmd");

    let begun = Instant::now();
    let timed_out = ground.exec(&json!({ "cmd": "sleep 1234", "timeout": "1s" })).await;
    assert_eq!(timed_out["timed_out"], true, "{timed_out}");
    assert!(begun.elapsed() < Duration::from_secs(6));
    assert!(!ground.runs("sleep 1234").await);

    let headers = [("accept", "application/x-ndjson")];
    let body = json!({ "cmd": "echo first; exec sleep 4321", "timeout": "1h" });
    let exec = ground.path("exec");
    let response = ground.stack.client.open(Method::POST, &exec, &headers, &body).await.unwrap();
    let mut lines = response.into_body();
    let first = lines.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, "{\"text\":\"first\\n\",\"type\":\"stdout\"}\n");
    assert!(ground.runs("sleep 4321").await);
    drop(lines);
    let until = Instant::now() + LIMIT;
    while ground.runs("sleep 4321").await {
        assert!(Instant::now() < until, "the program outlives its client");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let bobs = ground.stack.client.with_token("bob-token-for-tests");
    assert_eq!(bobs.post(&exec, &json!({ "cmd": "id" })).await.unwrap().status, 404);
    assert_eq!(bobs.get(&ground.path("files")).await.unwrap().status, 404);

    ground.act("stop").await;
    let stopped = ground.stack.client.post(&exec, &json!({ "cmd": "id" })).await.unwrap();
    assert_eq!(stopped.status, StatusCode::CONFLICT);
    assert_eq!(stopped.json()["error"]["details"]["status"], "stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_one() {
    let ground = Ground::new().await;
    let (address, token) = ground.stack.client.api();
    let url = format!("ws://{address}{}?cols=91&rows=37", ground.path("terminal"));
    let mut request = url.into_client_request().unwrap();
    let bearer = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    socket.send(Message::binary(&b"stty size; tty\n"[..])).await.unwrap();
    shows(&mut socket, "37 91").await;
    socket.send(Message::text("{\"type\":\"resize\",\"cols\":132,\"rows\":50}")).await.unwrap();
    socket.send(Message::binary(&b"stty size\n"[..])).await.unwrap();
    shows(&mut socket, "50 132").await;
    // ^C reaches what runs in it.
    let going = &b"sh -c 'echo go-$((6*7)); exec sleep 7777'\n"[..];
    socket.send(Message::binary(going)).await.unwrap();
    shows(&mut socket, "go-42").await;
    socket.send(Message::binary(&b"\x03"[..])).await.unwrap();
    socket.send(Message::binary(&b"exit 5\n"[..])).await.unwrap();
    let end = tokio::time::timeout(LIMIT, async {
        loop {
            if let Message::Close(close) = socket.next().await.unwrap().unwrap() {
                return close.unwrap().reason.to_string();
            }
        }
    });
    assert_eq!(end.await.unwrap(), "{\"exit_code\":5,\"signal\":null}");
}

/// Waits until a terminal has shown something.
async fn shows(socket: &mut tokio_tungstenite::WebSocketStream<TcpStream>, wanted: &str) {
    let mut seen = String::new();
    let waited = tokio::time::timeout(LIMIT, async {
        while !seen.contains(wanted) {
            if let Message::Binary(bytes) = socket.next().await.unwrap().unwrap() {
                seen.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
    });
    assert!(waited.await.is_ok(), "{wanted:?} isn't in {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_read_and_followed() {
    let ground = Ground::new().await;
    ground.sh("mkfifo wait").await;
    let printing = "echo printed-first; cat wait; echo printed-later; sleep 9999";
    ground.put("sandbox.yaml", format!("command: [sh, -c, \"{printing}\"]\n")).await;
    let logs = ground.path("logs");
    let until = Instant::now() + LIMIT;
    while !ground.stack.client.get(&logs).await.unwrap().text().contains("printed-first") {
        assert!(Instant::now() < until, "{}", ground.stack.client.get(&logs).await.unwrap().text());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let follow = format!("{logs}?follow=true");
    let followed = ground.stack.client.open(Method::GET, &follow, &[], &Value::Null).await.unwrap();
    let mut body = followed.into_body();
    ground.sh("echo x > wait").await;
    let mut seen = String::new();
    let waited = tokio::time::timeout(LIMIT, async {
        while !seen.contains("printed-later") {
            let piece = body.frame().await.unwrap().unwrap().into_data().unwrap();
            seen.push_str(&String::from_utf8_lossy(&piece));
        }
    });
    assert!(waited.await.is_ok(), "{seen}");
    assert!(seen.contains("printed-first"), "{seen}");
}
