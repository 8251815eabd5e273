//! Bodies pass as they come.

use tokio::sync::mpsc;

use crate::support::{App, LIMIT, TestGateway, host};
use std::time::Duration;

#[tokio::test]
async fn a_response_arrives_piece_by_piece() {
    let (next, gate) = mpsc::channel::<()>(1);
    let gate = std::sync::Arc::new(tokio::sync::Mutex::new(gate));
    let app = App::new(move |mut wire| {
        let gate = std::sync::Arc::clone(&gate);
        async move {
            wire.head().await;
            wire.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n").await;
            wire.send("transfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n").await;
            gate.lock().await.recv().await;
            wire.send("9\r\ndata: 2\n\n\r\n0\r\n\r\n").await;
        }
    })
    .await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = gateway.connect().await;
    wire.send(&format!("GET /events HTTP/1.1\r\nhost: {}\r\n\r\n", host(app.port))).await;
    let head = wire.head().await.unwrap();
    assert_eq!(head.get("content-type").unwrap(), "text/event-stream");
    assert_eq!(wire.chunk().await, "data: 1\n\n");
    next.send(()).await.unwrap();
    assert_eq!(wire.chunk().await, "data: 2\n\n");
    assert_eq!(wire.chunk().await, "");
}

#[tokio::test]
async fn a_request_arrives_piece_by_piece() {
    let (arrived, mut pieces) = mpsc::channel::<String>(4);
    let app = App::new(move |mut wire| {
        let arrived = arrived.clone();
        async move {
            wire.head().await;
            loop {
                let piece = wire.chunk().await;
                let last = piece.is_empty();
                arrived.send(piece).await.unwrap();
                if last {
                    break;
                }
            }
            wire.send("HTTP/1.1 204 No Content\r\n\r\n").await;
        }
    })
    .await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = gateway.connect().await;
    let head = format!("POST / HTTP/1.1\r\nhost: {}\r\n", host(app.port));
    wire.send(&format!("{head}transfer-encoding: chunked\r\n\r\n3\r\none\r\n")).await;
    assert_eq!(pieces.recv().await.unwrap(), "one");
    wire.send("3\r\ntwo\r\n0\r\n\r\n").await;
    assert_eq!(pieces.recv().await.unwrap(), "two");
    assert_eq!(wire.head().await.unwrap().status(), 204);
}

#[tokio::test]
async fn a_get_keeps_its_chunked_body() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    let (_, body) =
        gateway.ask("GET /", app.port, "transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n").await;
    assert!(body.ends_with("\nhi"), "{body}");
}

#[tokio::test]
async fn bodies_that_end_with_the_connection_and_empty_ones_arrive_whole() {
    let app = App::new(async |mut wire| {
        while let Some(head) = wire.head().await {
            if head.first.starts_with("HEAD") {
                wire.send("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n").await;
            } else {
                wire.send("HTTP/1.0 200 OK\r\nserver: old\r\n\r\nold but whole").await;
                return;
            }
        }
    })
    .await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = gateway.connect().await;
    for _ in 0..2 {
        wire.send(&format!("HEAD / HTTP/1.1\r\nhost: {}\r\n\r\n", host(app.port))).await;
        assert_eq!(wire.head().await.unwrap().get("content-length").unwrap(), "7");
    }
    assert_eq!(app.connections(), 1);
    let (head, body) = gateway.ask("GET /", app.port, "").await;
    assert!(head.first.starts_with("HTTP/1.1 200"));
    assert_eq!(body, "old but whole");
}

#[tokio::test]
async fn a_client_that_stops_sending_gives_its_place_up() {
    let app = App::echo().await;
    let gateway = TestGateway::with(|limits| limits.body_stall = Duration::from_millis(50)).await;
    gateway.run(&app);
    let (head, _) = gateway.ask("POST /", app.port, "content-length: 5\r\n").await;
    assert_eq!(head.status(), 502);
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_off() {
    let (cut, mut over) = mpsc::channel::<()>(1);
    let app = App::new(move |mut wire| {
        let cut = cut.clone();
        async move {
            wire.head().await;
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n").await;
            while wire.try_send(&"x".repeat(65_536)).await {}
            cut.send(()).await.unwrap();
        }
    })
    .await;
    let limit = Duration::from_millis(100);
    let gateway = TestGateway::with(|limits| {
        limits.write_stall = limit;
        limits.header_read = limit;
    })
    .await;
    gateway.run(&app);
    let mut wire = gateway.connect().await;
    wire.send(&format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", host(app.port))).await;
    tokio::time::timeout(LIMIT, over.recv()).await.expect("cut off in time");
}

#[tokio::test]
async fn a_broken_answer_is_not_passed_off_as_a_whole_one() {
    let app = App::new(async |mut wire| {
        wire.head().await;
        wire.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n").await;
    })
    .await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = gateway.connect().await;
    wire.send(&format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", host(app.port))).await;
    wire.head().await.unwrap();
    assert_eq!(wire.chunk().await, "hi");
    // The end of the connection without the last chunk.
    assert!(wire.head().await.is_none());
}
