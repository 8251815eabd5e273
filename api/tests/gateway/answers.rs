//! Answers of a hostile application: each client gets its own, framed by the gateway.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use crate::support::{App, TestGateway, eventually, host};

const LEFTOVER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil";

/// Gives `answer` to requests for `/bad`, and says who is there to others.
async fn app(answer: &'static str) -> App {
    App::new(async move |mut wire| {
        while let Some(head) = wire.head().await {
            if head.first.contains("/bad") {
                wire.send(answer).await;
            } else {
                wire.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood").await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn what_follows_an_answer_is_nobodys_answer() {
    for (method, bad) in [
        ("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 59\r\n\r\n"),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", "HTTP/1.1 204 No Content\r\ncontent-length: 59\r\n\r\n"),
        ("GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 59\r\n\r\n"),
        ("GET", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        ("GET", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
    ] {
        let answer: &'static str = format!("{bad}{LEFTOVER}").leak();
        let app = app(answer).await;
        let gateway = TestGateway::before(&app).await;
        let mut wire = gateway.connect().await;
        wire.send(&format!("{method} /bad HTTP/1.1\r\nhost: {}\r\n\r\n", host(app.port))).await;
        let first = wire.head().await.unwrap();
        assert!(first.status() < 400, "{bad:?}");
        if first.get("transfer-encoding").is_some() {
            wire.body(&first).await;
        }
        // The same client and another: neither gets the rest.
        wire.send(&format!("GET /a HTTP/1.1\r\nhost: {}\r\n\r\n", host(app.port))).await;
        assert_eq!(wire.answer().await.1, "good", "{bad:?}");
        assert_eq!(gateway.ask("GET /b", app.port, "").await.1, "good", "{bad:?}");
        assert!(app.connections() >= 2, "the spoilt connection isn't used again: {bad:?}");
    }
}

#[tokio::test]
async fn what_an_idle_connection_says_unasked_closes_it() {
    let (go, gone) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let signals = (Arc::clone(&go), Arc::clone(&gone));
    let app = App::new(move |mut wire| {
        let (go, gone) = (Arc::clone(&signals.0), Arc::clone(&signals.1));
        async move {
            let head = wire.head().await.unwrap();
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood").await;
            if head.first.contains("/first") {
                go.notified().await;
                wire.send(LEFTOVER).await;
                wire.closed().await;
                gone.notify_one();
            }
        }
    })
    .await;
    let gateway = TestGateway::before(&app).await;
    assert_eq!(gateway.ask("GET /first", app.port, "").await.1, "good");
    go.notify_one();
    gone.notified().await;
    assert_eq!(gateway.ask("GET /second", app.port, "").await.1, "good");
}

#[tokio::test]
async fn framing_that_contradicts_itself_is_a_bad_gateway() {
    for bad in [
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nevil",
        "HTTP/1.1 200 OK\r\ncontent-length: 4, 5\r\n\r\nevil",
        "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\nevil",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\nevil",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n\
         4\r\nevil\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: a\r\n folded: b\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 0\r\n\r\n",
        "HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n",
    ] {
        let app = app(bad).await;
        let gateway = TestGateway::before(&app).await;
        let (head, body) = gateway.ask("GET /bad", app.port, "").await;
        assert_eq!(head.status(), 502, "{bad:?}: {body}");
        assert!(!body.contains("evil"), "{bad:?}");
        assert_eq!(gateway.ask("GET /", app.port, "").await.1, "good", "{bad:?}");
    }
}

#[tokio::test]
async fn a_length_beside_chunks_is_dropped() {
    let bad = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n\
        4\r\nwho?\r\n0\r\n\r\n";
    let app = app(bad).await;
    let gateway = TestGateway::before(&app).await;
    let (head, body) = gateway.ask("GET /bad", app.port, "").await;
    assert_eq!((head.get("content-length"), body.as_str()), (None, "who?"));
}

#[tokio::test]
async fn provisional_answers_stay_here_and_do_not_last_for_ever() {
    let early = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nset-cookie: a=b\r\n\r\n\
        HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let app = app(early).await;
    let gateway = TestGateway::before(&app).await;
    let (head, body) = gateway.ask("GET /bad", app.port, "").await;
    assert_eq!((head.status(), body.as_str()), (200, "ok"));
    assert_eq!((head.get("link"), head.get("set-cookie")), (None, None));

    let endless = App::new(async |mut wire| {
        wire.head().await;
        while wire.try_send("HTTP/1.1 102 Processing\r\n\r\n").await {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let gateway =
        TestGateway::with(|limits| limits.response_header = Duration::from_millis(200)).await;
    gateway.run(&endless);
    assert_eq!(gateway.ask("GET /", endless.port, "").await.0.status(), 502);
}

#[tokio::test]
async fn an_upload_that_waits_for_leave_gets_it_once() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = gateway.connect().await;
    wire.send(&format!("POST / HTTP/1.1\r\nhost: {}\r\n", host(app.port))).await;
    wire.send("expect: 100-continue\r\ncontent-length: 2\r\n\r\n").await;
    assert_eq!(wire.head().await.unwrap().status(), 100);
    wire.send("hi").await;
    let (head, seen) = wire.answer().await;
    assert_eq!(head.status(), 200);
    assert!(seen.ends_with("\nhi"), "{seen}");
}

#[tokio::test]
async fn frames_are_left_to_the_console_and_the_preview() {
    let app = App::new(async |mut wire| {
        while wire.head().await.is_some() {
            wire.send("HTTP/1.1 200 OK\r\nx-frame-options: DENY\r\n").await;
            wire.send("content-security-policy: script-src 'self'; frame-ancestors *\r\n").await;
            wire.send("clear-site-data: \"*\"\r\nx-sandboxd-wake: waiting\r\n").await;
            wire.send("set-cookie: __Host-sandboxd_preview=x; Secure; Path=/\r\n").await;
            wire.send("set-cookie: =sandboxd_preview=x\r\ncontent-length: 0\r\n\r\n").await;
        }
    })
    .await;
    let console = "https://console.example.test".parse().unwrap();
    let gateway = TestGateway::configured(|config| config.console = vec![console]).await;
    gateway.run(&app);
    let (head, _) = gateway.ask("GET /", app.port, "").await;
    let ours = "frame-ancestors 'self' https://console.example.test";
    assert_eq!(head.get("content-security-policy").unwrap(), format!("script-src 'self'|{ours}"));
    for gone in ["x-frame-options", "clear-site-data", "x-sandboxd-wake", "set-cookie"] {
        assert_eq!(head.get(gone), None, "{gone}");
    }
    // Pages of our own may be framed by the same and by nobody else.
    let (head, _) = gateway.ask("GET /", 1, "accept: text/html\r\n").await;
    assert_eq!(head.status(), 404);
    assert!(head.get("content-security-policy").unwrap().ends_with(&format!("|{ours}")));
}

#[tokio::test]
async fn a_client_that_reads_nothing_has_no_answer_held_in_memory() {
    let (told, heard) = oneshot::channel();
    let told = Arc::new(Mutex::new(Some(told)));
    let app = App::new(move |mut wire| {
        let told = Arc::clone(&told);
        async move {
            wire.head().await;
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 1099511627776\r\n\r\n").await;
            let taken = wire.send_until_stuck(64 << 20).await;
            told.lock().unwrap().take().unwrap().send(taken).unwrap();
        }
    })
    .await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = gateway.connect().await;
    wire.send(&format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", host(app.port))).await;
    let taken = heard.await.unwrap();
    assert!(taken < 32 << 20, "{taken} bytes were taken");
}

#[tokio::test]
async fn an_app_that_reads_nothing_holds_no_upload_in_memory() {
    let app = App::new(async |mut wire| {
        wire.head().await;
        std::future::pending::<()>().await;
    })
    .await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = gateway.connect().await;
    let length = 1u64 << 40;
    wire.send(&format!("POST / HTTP/1.1\r\nhost: {}\r\n", host(app.port))).await;
    wire.send(&format!("content-length: {length}\r\n\r\n")).await;
    // What the kernel holds of two connections, and some buffers; not what the client has.
    let taken = wire.send_until_stuck(64 << 20).await;
    assert!(taken < 32 << 20, "{taken} bytes were taken");
    eventually("it was forwarded", || app.connections() == 1).await;
}
