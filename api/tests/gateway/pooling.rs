//! Connections are used again, and never for another tenant.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sandboxd_api::gateway::Status;

use crate::support::{App, ID, TestGateway, eventually, host};

#[tokio::test]
async fn one_connection_serves_many_clients_in_turn() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    for body in ["", "content-length: 2\r\n\r\nhi", "transfer-encoding: chunked\r\n\r\n0\r\n"] {
        for _ in 0..5 {
            assert_eq!(gateway.ask("POST /", app.port, body).await.0.status(), 200);
        }
    }
    assert_eq!(app.requests().len(), 15);
    assert_eq!(app.connections(), 1);
}

/// Answers everything, and counts the connections that were closed on it.
async fn counts_the_closed(gone: &Arc<AtomicUsize>) -> App {
    let gone = Arc::clone(gone);
    App::new(move |mut wire| {
        let gone = Arc::clone(&gone);
        async move {
            while wire.head().await.is_some() {
                wire.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            }
            gone.fetch_add(1, Ordering::SeqCst);
        }
    })
    .await
}

#[tokio::test]
async fn an_old_idle_connection_is_closed() {
    let gone = Arc::default();
    let app = counts_the_closed(&gone).await;
    let gateway = TestGateway::with(|limits| limits.idle_age = Duration::from_millis(10)).await;
    gateway.run(&app);
    gateway.ask("GET /", app.port, "").await;
    eventually("the idle connection is closed", || gone.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn no_more_idle_connections_are_kept_than_allowed() {
    let gone = Arc::default();
    let app = counts_the_closed(&gone).await;
    let gateway = TestGateway::with(|limits| limits.idle_per_route = 0).await;
    gateway.run(&app);
    for _ in 0..3 {
        assert_eq!(gateway.ask("GET /", app.port, "").await.1, "ok");
    }
    eventually("none is kept", || gone.load(Ordering::SeqCst) == 3).await;
    assert_eq!(app.connections(), 3);
}

#[tokio::test]
async fn more_connections_than_allowed_are_refused() {
    let app = App::new(async |mut wire| wire.closed().await).await;
    let gateway = TestGateway::with(|limits| limits.connections_per_route = 1).await;
    gateway.run(&app);
    let mut first = gateway.connect().await;
    first.send(&format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", host(app.port))).await;
    eventually("the first is connected", || app.connections() == 1).await;
    let (head, body) = gateway.ask("GET /", app.port, "").await;
    assert_eq!(head.status(), 503);
    assert!(body.contains("\"capacity\"") && head.get("retry-after").is_some());
}

/// Answers the first request of a connection; reads the second and hangs up.
async fn hangs_up_on_the_second(seen: Arc<AtomicUsize>) -> App {
    App::new(move |mut wire| {
        let seen = Arc::clone(&seen);
        async move {
            for turn in 0.. {
                let Some(head) = wire.head().await else { return };
                wire.body(&head).await;
                if head.first.contains("/counted") {
                    seen.fetch_add(1, Ordering::SeqCst);
                }
                if turn == 1 {
                    return;
                }
                wire.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn what_may_be_repeated_is_repeated_once_and_nothing_else_is() {
    for (request, status, times) in
        [("GET /counted", 200, 2), ("POST /counted", 502, 1), ("DELETE /counted", 502, 1)]
    {
        let seen = Arc::new(AtomicUsize::new(0));
        let app = hangs_up_on_the_second(Arc::clone(&seen)).await;
        let gateway = TestGateway::before(&app).await;
        assert_eq!(gateway.ask("GET /first", app.port, "").await.0.status(), 200);
        let (head, _) = gateway.ask(request, app.port, "content-length: 0\r\n").await;
        assert_eq!(head.status(), status, "{request}");
        assert_eq!(seen.load(Ordering::SeqCst), times, "{request}");
    }
}

#[tokio::test]
async fn a_get_with_a_body_is_not_repeated() {
    let seen = Arc::new(AtomicUsize::new(0));
    let app = hangs_up_on_the_second(Arc::clone(&seen)).await;
    let gateway = TestGateway::before(&app).await;
    gateway.ask("GET /first", app.port, "").await;
    let (head, _) = gateway.ask("GET /counted", app.port, "content-length: 2\r\n\r\nhi").await;
    assert_eq!((head.status(), seen.load(Ordering::SeqCst)), (502, 1));
}

#[tokio::test]
async fn a_fresh_connection_that_fails_is_not_tried_again() {
    let app = App::new(async |mut wire| drop(wire.head().await)).await;
    let gateway = TestGateway::before(&app).await;
    assert_eq!(gateway.ask("GET /", app.port, "").await.0.status(), 502);
    assert_eq!(app.connections(), 1);
}

#[tokio::test]
async fn an_address_that_changed_hands_gets_nothing_more() {
    let first = App::echo().await;
    let port = first.port;
    let gateway = TestGateway::before(&first).await;
    assert_eq!(gateway.ask("GET /mine", port, "").await.0.status(), 200);
    gateway.table.set_status(ID, Status::Stopped);
    first.stop().await;
    // Docker gives the address to another tenant.
    let other = App::echo_on(port);
    let (head, _) = gateway.ask("GET /mine", port, "accept: text/html\r\n").await;
    assert_eq!(head.status(), 503);
    gateway.table.remove(ID);
    assert_eq!(gateway.ask("GET /mine", port, "").await.0.status(), 404);
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn a_route_that_goes_while_dialling_sends_nothing() {
    let other = App::echo().await;
    let gateway = TestGateway::before(&other).await;
    gateway.table.after_next_lookup(|table| {
        table.change_unannounced(ID, |route| route.status = Status::Stopped);
    });
    let (head, _) = gateway.ask("GET /mine", other.port, "accept: text/html\r\n").await;
    assert_eq!(head.status(), 503);
    assert_eq!(other.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn a_new_generation_at_the_same_address_gets_new_connections() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    gateway.ask("GET /", app.port, "").await;
    gateway.run(&app);
    gateway.ask("GET /", app.port, "").await;
    assert_eq!(app.connections(), 2);
}

#[tokio::test]
async fn an_answer_under_way_ends_with_its_route() {
    let app = App::new(async |mut wire| {
        wire.head().await;
        wire.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n").await;
        wire.closed().await;
    })
    .await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = gateway.connect().await;
    wire.send(&format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", host(app.port))).await;
    wire.head().await.unwrap();
    assert_eq!(wire.chunk().await, "hi");
    gateway.table.set_status(ID, Status::Stopping);
    wire.closed().await;
}
