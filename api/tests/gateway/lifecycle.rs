//! Going down without dropping what is under way.

use std::time::Duration;

use sandboxd_api::gateway::Status;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::support::{App, ID, TestGateway, eventually, host};
use std::sync::Arc;

async fn app_that_waits(go: Arc<Notify>) -> App {
    App::new(move |mut wire| {
        let go = Arc::clone(&go);
        async move {
            wire.head().await;
            go.notified().await;
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone").await;
        }
    })
    .await
}

#[tokio::test]
async fn requests_under_way_finish_and_new_ones_are_not_taken() {
    let go = Arc::new(Notify::new());
    let app = app_that_waits(Arc::clone(&go)).await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = gateway.connect().await;
    wire.send(&format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", host(app.port))).await;
    eventually("the request is under way", || app.connections() == 1).await;
    gateway.shutdown.cancel();
    let refused = async { while TcpStream::connect(gateway.address).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(5), refused).await.expect("it stops accepting");
    go.notify_one();
    let (head, body) = wire.answer().await;
    assert_eq!((head.status(), body.as_str()), (200, "done"));
    gateway.running.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_does_not_finish_is_cut_at_the_end_of_the_drain() {
    let app = app_that_waits(Arc::default()).await;
    let gateway = TestGateway::with(|limits| limits.drain = Duration::from_millis(50)).await;
    gateway.run(&app);
    let mut wire = gateway.connect().await;
    wire.send(&format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", host(app.port))).await;
    eventually("the request is under way", || app.connections() == 1).await;
    gateway.shutdown.cancel();
    gateway.running.await.unwrap().unwrap();
    wire.closed().await;
}

#[tokio::test]
async fn those_who_wait_for_a_sandbox_are_told() {
    let gateway = TestGateway::new().await;
    gateway.table.set_status(ID, Status::Stopped);
    let mut wire = gateway.connect().await;
    wire.send(&format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", host(3000))).await;
    eventually("it waits", || gateway.waker.wakes() == 1).await;
    gateway.shutdown.cancel();
    let (head, _) = wire.answer().await;
    assert_eq!((head.status(), head.get("connection").unwrap().as_str()), (503, "close"));
    gateway.running.await.unwrap().unwrap();
}
