//! What a tenant has open with the workers at once is bounded, and is its own affair.

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::BodyExt;
use serde_json::json;
use tokio::io::AsyncReadExt;

use crate::programs::Ground;
use crate::support::{BOB, FakeNode, TestApp, WORKER, answer, in_time, until};

const MOST: usize = 64;
const ALICES: [(&str, &str); 1] = [("authorization", "Bearer alice-token")];

#[tokio::test]
async fn a_tenant_that_has_all_its_terminals_gets_no_more_and_others_do() {
    let mut ground = Ground::new().await;
    let mut open = Vec::new();
    for _ in 0..MOST {
        open.push(ground.terminal_by("", &ALICES).await);
    }
    for (method, what) in [
        ("GET", "terminal"),
        ("POST", "exec"),
        ("GET", "logs?follow=true"),
        ("GET", "export"),
        ("GET", "files"),
        ("DELETE", "files?path=x"),
        ("GET", "files/content?path=x"),
        ("PUT", "files/content?path=x"),
    ] {
        let path = format!("{}/{what}", ground.sandbox);
        let refused = ground.app.ask(method, &path).send().await;
        refused.expect_error(429, "rate_limited");
        assert_eq!(refused.header("retry-after"), "5");
        assert_eq!(refused.json["error"]["details"]["limit"], MOST);
        assert_eq!(ground.app.ask(method, &path).token(BOB).send().await.status / 100, 4);
    }
    let bobs = ground.app.ask("GET", &format!("{}/export", ground.sandbox)).token(BOB);
    bobs.send().await.expect_error(404, "not_found");
    // What asks the workers nothing goes on.
    ground.app.get(&ground.sandbox).await.expect(200);
    let (socket, mut program) = open.pop().unwrap();
    drop(socket);
    assert!(in_time("it is let go of", program.read_u8()).await.is_err());
    let again = ground.app.ask("GET", &format!("{}/export", ground.sandbox));
    until(&again, |reply| reply.status == 200).await;
}

#[tokio::test]
async fn what_streams_counts_until_its_end() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    app.worker().beat("node-of-the-settings").await;
    let _node = FakeNode::start(&app.node_sockets, WORKER, |_| {
        let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"first"))]);
        answer(200, Body::from_stream(first.chain(stream::pending())))
    });
    let ask = |what: &str| app.ask("GET", &format!("/v1/sandboxes/{sandbox}/{what}"));
    let streams = [
        ask("logs?follow=true"),
        ask("logs?follow=true").header("accept", "text/event-stream"),
        ask("export"),
        ask("files/content?path=x"),
    ];
    let mut open = Vec::new();
    for ask in streams.iter().cycle().take(MOST) {
        let mut body = ask.clone().open().await.into_body();
        assert!(in_time("the first piece", body.frame()).await.unwrap().is_ok());
        open.push(body);
    }
    for ask in &streams {
        ask.clone().send().await.expect_error(429, "rate_limited");
    }
    drop(open);
    let free = async { while streams[2].clone().open().await.status() != 200 {} };
    in_time("they are given back", free).await;
}

#[tokio::test]
async fn a_followed_program_counts_until_its_end() {
    let mut ground = Ground::new().await;
    let exec = |ground: &Ground, accept: &str| {
        let ask = ground.app.ask("POST", &format!("{}/exec", ground.sandbox));
        ask.json(&json!({ "cmd": "top" })).header("accept", accept)
    };
    let mut open = Vec::new();
    for at in 0..MOST {
        let accept = ["text/event-stream", "application/x-ndjson"][at % 2];
        open.push((exec(&ground, accept).open().await, ground.program().await));
    }
    exec(&ground, "application/json").send().await.expect_error(429, "rate_limited");
}
