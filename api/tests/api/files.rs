//! Files and export: what reaches a worker, what comes back, and what is refused before.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::BodyExt;
use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::support::{Asked, BOB, FakeNode, TestApp, WORKER, answer, in_time};

const NODE: &str = "node-of-the-settings";

/// A running sandbox, and a worker of its node that answers so.
async fn with_node(
    reply: impl Fn(Asked) -> Response + Clone + Send + Sync + 'static,
) -> (TestApp, String, FakeNode) {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    app.worker().beat(NODE).await;
    let node = FakeNode::start(&app.node_sockets, WORKER, reply);
    (app, format!("/v1/sandboxes/{sandbox}"), node)
}

fn refusal(body: &ErrorBody) -> Response {
    answer(409, serde_json::to_vec(body).unwrap())
}

#[tokio::test]
async fn a_listing_is_shown_as_other_answers_are() {
    let (app, sandbox, node) = with_node(|_| {
        let entry = json!({
            "path": "src/a b", "type": "file", "size": 5, "mode": 420, "modified_ms": 1_700_000_000_007_i64
        });
        let odd = json!({
            "path": "\u{fffd}", "type": "other", "size": 0, "mode": 0, "modified_ms": i64::MAX,
            "lossy": true
        });
        answer(200, json!({ "entries": [entry, odd], "truncated": true }).to_string())
    })
    .await;
    let found = app.get(&format!("{sandbox}/files?path=src%2F&recursive=true")).await;
    let wanted = json!({
        "entries": [
            { "path": "src/a b", "type": "file", "size": 5, "mode": "0644",
              "modified_at": "2023-11-14T22:13:20.007Z" },
            { "path": "\u{fffd}", "type": "other", "size": 0, "mode": "0000",
              "modified_at": "1970-01-01T00:00:00.000Z", "lossy": true },
        ],
        "truncated": true,
    });
    assert_eq!(found.expect(200).json, wanted);
    app.get(&format!("{sandbox}/files")).await.expect(200);
    let targets: Vec<String> = node.asked().into_iter().map(|asked| asked.target).collect();
    assert!(targets[0].ends_with("/files?path=src&recursive=true"), "{targets:?}");
    assert!(targets[1].ends_with("/files?path=&recursive=false"), "{targets:?}");
}

#[tokio::test]
async fn a_path_that_leaves_the_app_folder_reaches_no_worker() {
    let (app, sandbox, node) = with_node(|_| answer(200, "{}")).await;
    let long = "a%2F".repeat(2048);
    for path in [
        "..",
        "../x",
        "a/../../x",
        "%2e%2e",
        "%2e%2e%2fx",
        "..%2Fx",
        "a%2F..%2Fb",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "a%00b",
        "%00",
        &"n".repeat(256),
        &long,
    ] {
        app.get(&format!("{sandbox}/files?path={path}")).await.expect_field("path");
        app.get(&format!("{sandbox}/files/content?path={path}")).await.expect_field("path");
        app.delete(&format!("{sandbox}/files?path={path}")).await.expect_field("path");
        let put = app.ask("PUT", &format!("{sandbox}/files/content?path={path}")).body("x");
        put.send().await.expect_field("path");
    }
    for root in ["", ".", "%2E/", ".%2F."] {
        app.get(&format!("{sandbox}/files/content?path={root}")).await.expect_field("path");
        app.delete(&format!("{sandbox}/files?path={root}&recursive=true"))
            .await
            .expect_field("path");
    }
    app.get(&format!("{sandbox}/files/content")).await.expect_field("path");
    app.get(&format!("{sandbox}/files?recursive=perhaps")).await.expect_field("recursive");
    app.get(&format!("{sandbox}/files?depth=1")).await.expect_field("depth");
    // In the path of the URL there are no files at all.
    for path in ["files/../../etc", "files/content/..%2f..%2fetc", "files%2Fcontent?path=x"] {
        assert_eq!(app.get(&format!("{sandbox}/{path}")).await.status, 404, "{path}");
    }
    assert!(node.asked().is_empty(), "{:?}", node.asked());
}

#[tokio::test]
async fn a_path_is_decoded_once_and_reaches_the_worker_as_it_is() {
    let (app, sandbox, node) = with_node(|_| answer(204, "")).await;
    for (sent, meant) in [
        ("%252e%252e%252fx", "%2e%2e%2fx"),
        ("a%26path%3D..%23b", "a&path=..#b"),
        ("a+b%2Bc", "a b+c"),
        ("..%5C..%5Cx", "..\\..\\x"),
        ("%E2%82%AC%0A%0D", "\u{20ac}\n\r"),
    ] {
        app.delete(&format!("{sandbox}/files?path={sent}")).await.expect(204);
        let target = node.asked().pop().unwrap().target;
        let query = target.split_once("?path=").unwrap().1.split_once('&').unwrap().0;
        let decoded = percent_encoding::percent_decode_str(query).decode_utf8().unwrap();
        assert_eq!(decoded, meant);
    }
}

#[tokio::test]
async fn a_file_is_a_download_of_bytes_whatever_it_holds() {
    let (app, sandbox, _node) = with_node(|_| answer(200, "<script>")).await;
    let found = app.get(&format!("{sandbox}/files/content?path=www/a%22b.html")).await;
    assert_eq!(found.expect(200).text, "<script>");
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        ("content-length", "8"),
        ("content-disposition", "attachment; filename*=UTF-8''a%22b%2Ehtml"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(found.header(name), value, "{name}");
    }
    let zip = app.get(&format!("{sandbox}/export")).await;
    assert_eq!(zip.header("content-type"), "application/zip");
    assert_eq!(zip.header("content-disposition"), "attachment; filename*=UTF-8''shop%2Ezip");
}

#[tokio::test]
async fn an_upload_arrives_whole_and_says_whether_the_file_is_new() {
    let (app, sandbox, node) = with_node(|asked| {
        let created = asked.target.contains("new");
        answer(200, json!({ "created": created, "bytes": asked.body.len() }).to_string())
    })
    .await;
    let bytes: Vec<u8> = (0..200_000u32).map(|n| n.to_le_bytes()[0]).collect();
    let put = |path: &str| app.ask("PUT", &format!("{sandbox}/files/content?{path}"));
    let made = put("path=new/x&mode=0755").body(bytes.clone()).send().await;
    assert_eq!(made.expect(201).json, json!({ "path": "new/x", "size": bytes.len() }));
    put("path=old").body("").send().await.expect(200);
    let asked = node.asked();
    assert_eq!(asked[0].method, "PUT");
    assert!(asked[0].body == bytes);
    assert!(asked[0].target.ends_with("path=new%2Fx&mode=493"), "{}", asked[0].target);
    for mode in ["8", "1777", "rwx", "-1", "00755", ""] {
        put(&format!("path=x&mode={mode}")).body("x").send().await.expect_field("mode");
    }
    assert_eq!(node.asked().len(), 2);
}

#[tokio::test]
async fn what_is_larger_than_an_upload_may_be_is_413_announced_or_not() {
    let (app, sandbox, node) = with_node(|asked| {
        answer(200, json!({ "created": true, "bytes": asked.body.len() }).to_string())
    })
    .await;
    let head = |lengths: &str| {
        format!(
            "PUT {sandbox}/files/content?path=x HTTP/1.1\r\nhost: localhost\r\n\
             authorization: Bearer alice-token\r\n{lengths}\r\n\r\n"
        )
    };
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let announced = head(&format!("content-length: {}", (25 << 20) + 1));
    stream.write_all(announced.as_bytes()).await.unwrap();
    assert!(status_line(&mut stream).await.starts_with("HTTP/1.1 413"));

    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(head("transfer-encoding: chunked").as_bytes()).await.unwrap();
    let chunk = [b"100000\r\n", &vec![b'x'; 1 << 20][..], b"\r\n"].concat();
    for _ in 0..26 {
        stream.write_all(&chunk).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    assert!(status_line(&mut stream).await.starts_with("HTTP/1.1 413"));
    assert!(node.asked().is_empty());
}

async fn status_line(stream: &mut TcpStream) -> String {
    let mut line = vec![0; 64];
    let length = in_time("an answer", stream.read(&mut line)).await.unwrap();
    String::from_utf8_lossy(&line[..length]).into_owned()
}

#[tokio::test]
async fn a_workers_refusal_has_the_status_of_its_code() {
    for (code, status) in [
        (ErrorCode::NotFound, 404),
        (ErrorCode::InvalidRequest, 400),
        (ErrorCode::Conflict, 409),
        (ErrorCode::OperationInProgress, 409),
        (ErrorCode::SandboxUnavailable, 502),
        (ErrorCode::Capacity, 503),
        (ErrorCode::Internal, 500),
    ] {
        let body = ErrorBody::new(code, "as the worker says").with_details(json!({ "x": 1 }));
        let (app, sandbox, _node) = with_node(move |_| refusal(&body)).await;
        for path in ["files", "files/content?path=x", "export", "logs"] {
            let refused = app.get(&format!("{sandbox}/{path}")).await;
            refused.expect_error(status, code.as_str());
            assert_eq!(refused.json["error"]["message"], "as the worker says");
            assert_eq!(refused.json["error"]["details"], json!({ "x": 1 }));
        }
    }
}

#[tokio::test]
async fn without_a_worker_of_the_node_there_is_no_way_to_the_files() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let path = format!("/v1/sandboxes/{sandbox}/files");
    let refused = app.get(&path).await;
    assert!(!refused.expect_error(503, "capacity").header("retry-after").is_empty());
    app.worker().beat("another-node").await;
    let _other = FakeNode::start(&app.node_sockets, WORKER, |_| answer(200, "{}"));
    app.get(&path).await.expect_error(503, "capacity");
}

#[tokio::test]
async fn a_dead_worker_is_passed_over() {
    let empty = json!({ "entries": [], "truncated": false }).to_string();
    let (app, sandbox, _node) = with_node(move |_| answer(200, empty.clone())).await;
    // Heard of a moment ago: one that left its socket, and one that left nothing.
    for name in ["dead-a", "dead-b", "dead-c"] {
        app.worker().beat_as(name, NODE).await;
    }
    let dead = app.node_sockets.join("dead-a.sock");
    drop(std::os::unix::net::UnixListener::bind(dead).unwrap());
    for _ in 0..8 {
        app.get(&format!("{sandbox}/files")).await.expect(200);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_taken_for_whole() {
    let seen = Arc::new(Notify::new());
    let wait = Arc::clone(&seen);
    let (app, sandbox, _node) = with_node(move |_| {
        let wait = Arc::clone(&wait);
        let gone = async move {
            wait.notified().await;
            Err(std::io::Error::other("gone"))
        };
        let pieces = stream::once(async { Ok(Bytes::from("begin")) }).chain(stream::once(gone));
        Response::builder().body(Body::from_stream(pieces)).unwrap()
    })
    .await;
    let mut body = app.ask("GET", &format!("{sandbox}/export")).open().await.into_body();
    let first = in_time("the beginning", body.frame()).await.unwrap().unwrap();
    assert_eq!(first.into_data().unwrap(), "begin");
    seen.notify_one();
    assert!(in_time("the end", body.collect()).await.is_err());
}

#[tokio::test]
async fn another_tenant_reaches_no_worker() {
    let (app, sandbox, node) = with_node(|_| answer(200, "{}")).await;
    for (method, path) in [
        ("GET", "files"),
        ("DELETE", "files?path=x"),
        ("GET", "files/content?path=x"),
        ("PUT", "files/content?path=x"),
        ("GET", "export"),
        ("GET", "logs?follow=true"),
        ("GET", "terminal"),
    ] {
        let bobs = app.ask(method, &format!("{sandbox}/{path}")).token(BOB).send().await;
        bobs.expect_error(404, "not_found");
    }
    let exec = app.ask("POST", &format!("{sandbox}/exec")).token(BOB);
    exec.json(&json!({ "cmd": "id" })).send().await.expect_error(404, "not_found");
    assert!(node.asked().is_empty());
}

#[tokio::test]
async fn looking_at_files_counts_as_use() {
    let empty = json!({ "entries": [], "truncated": false }).to_string();
    let (app, sandbox, _node) = with_node(move |_| answer(200, empty.clone())).await;
    let used = |shown: &Value| shown["last_active_at"].as_str().unwrap().to_owned();
    let before = used(&app.get(&sandbox).await.json);
    app.get(&format!("{sandbox}/files")).await.expect(200);
    // They are written down in batches, and at the end.
    app.shutdown.cancel();
    let id = sandbox.rsplit('/').next().unwrap().to_owned();
    let written = async {
        loop {
            let at: i64 = sqlx::query_scalar("SELECT last_active_at FROM sandboxes WHERE id = $1")
                .bind(&id)
                .fetch_one(&mut *app.store.read().await.unwrap())
                .await
                .unwrap();
            if sandboxd_shared::clock::Timestamp(at).to_string() > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    in_time("the use is written down", written).await;
}

#[tokio::test]
async fn logs_are_text_or_events() {
    let (app, sandbox, node) = with_node(|_| answer(200, "ready\n\u{20ac}")).await;
    let text = app.get(&format!("{sandbox}/logs?bytes=10")).await;
    assert_eq!(text.expect(200).text, "ready\n\u{20ac}");
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    let path = format!("{sandbox}/logs?follow=true");
    let events = app.ask("GET", &path).header("accept", "text/event-stream").send().await;
    assert!(events.text.starts_with("event: log\ndata: {\"text\":\"ready\\n\u{20ac}\"}"));
    app.get(&format!("{sandbox}/logs?bytes=65537")).await.expect_field("bytes");
    let targets: Vec<String> = node.asked().into_iter().map(|asked| asked.target).collect();
    assert!(targets[0].ends_with("logs?bytes=10&follow=false"), "{targets:?}");
    assert!(targets[1].ends_with("logs?bytes=65536&follow=true"), "{targets:?}");
}
