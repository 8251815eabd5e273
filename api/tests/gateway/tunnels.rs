//! WebSockets and other protocols that a connection is switched to.

use std::time::Duration;

use sandboxd_api::gateway::Status;
use tokio::sync::mpsc;

use crate::support::{App, ID, TestGateway, Wire, eventually, host};

const ASK: &str = "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
    sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Switches and echoes four bytes at a time; says when the tunnel is over.
async fn echo_app(ended: mpsc::Sender<()>) -> App {
    App::new(move |mut wire| {
        let ended = ended.clone();
        async move {
            let head = wire.head().await.unwrap();
            assert_eq!(head.get("upgrade").unwrap(), "websocket");
            assert_eq!(head.get("connection").unwrap(), "upgrade");
            assert!(head.get("sec-websocket-key").is_some());
            wire.send("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\n").await;
            wire.send("upgrade: websocket\r\nsec-websocket-accept: yes\r\n\r\n").await;
            while let Some(text) = wire.next(4).await
                && text != "quit"
            {
                wire.send(&text).await;
            }
            ended.send(()).await.unwrap();
        }
    })
    .await
}

async fn open(gateway: &TestGateway, app: &App) -> Wire {
    let mut wire = gateway.connect().await;
    wire.send(&format!("GET /ws HTTP/1.1\r\nhost: {}\r\n{ASK}\r\n", host(app.port))).await;
    let head = wire.head().await.unwrap();
    assert_eq!(head.status(), 101);
    assert_eq!(head.get("upgrade").unwrap(), "websocket");
    assert_eq!(head.get("sec-websocket-accept").unwrap(), "yes");
    wire
}

#[tokio::test]
async fn bytes_pass_both_ways_until_the_app_ends() {
    let (ended, _over) = mpsc::channel(1);
    let app = echo_app(ended).await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = open(&gateway, &app).await;
    for text in ["ping", "pong"] {
        wire.send(text).await;
        assert_eq!(wire.exactly(4).await, text);
    }
    assert!(gateway.waker.touches() >= 1);
    wire.send("quit").await;
    wire.closed().await;
}

#[tokio::test]
async fn bytes_sent_right_behind_the_request_are_not_lost() {
    let (ended, _over) = mpsc::channel(1);
    let app = echo_app(ended).await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = gateway.connect().await;
    wire.send(&format!("GET /ws HTTP/1.1\r\nhost: {}\r\n{ASK}\r\nfast", host(app.port))).await;
    assert_eq!(wire.head().await.unwrap().status(), 101);
    assert_eq!(wire.exactly(4).await, "fast");
}

#[tokio::test]
async fn the_app_hears_that_the_client_left() {
    let (ended, mut over) = mpsc::channel(1);
    let app = echo_app(ended).await;
    let gateway = TestGateway::before(&app).await;
    drop(open(&gateway, &app).await);
    over.recv().await.unwrap();
}

#[tokio::test]
async fn a_tunnel_ends_with_its_route() {
    let (ended, mut over) = mpsc::channel(1);
    let app = echo_app(ended).await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = open(&gateway, &app).await;
    gateway.table.set_status(ID, Status::Stopped);
    wire.closed().await;
    over.recv().await.unwrap();
}

#[tokio::test]
async fn a_preview_that_turns_private_closes_its_tunnels() {
    let (ended, mut over) = mpsc::channel(1);
    let app = echo_app(ended).await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = open(&gateway, &app).await;
    gateway.table.change(ID, |route| route.public = false);
    wire.closed().await;
    over.recv().await.unwrap();
}

#[tokio::test]
async fn a_silent_tunnel_is_closed_after_a_while() {
    let (ended, _over) = mpsc::channel(1);
    let app = echo_app(ended).await;
    let gateway = TestGateway::with(|limits| limits.tunnel_idle = Duration::from_millis(50)).await;
    gateway.run(&app);
    open(&gateway, &app).await.closed().await;
}

#[tokio::test]
async fn a_tunnel_does_not_keep_the_gateway_from_going_down() {
    let (ended, mut over) = mpsc::channel(1);
    let app = echo_app(ended).await;
    let gateway = TestGateway::with(|limits| limits.drain = Duration::from_secs(3600)).await;
    gateway.run(&app);
    let mut wire = open(&gateway, &app).await;
    gateway.shutdown.cancel();
    wire.closed().await;
    over.recv().await.unwrap();
    gateway.running.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_app_may_decline_to_switch() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    let (head, seen) = gateway.ask("GET /ws", app.port, ASK).await;
    assert_eq!(head.status(), 200);
    assert!(seen.contains("websocket"));
    eventually("it is used again", || app.connections() == 1).await;
}
