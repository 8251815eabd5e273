//! What isn't forwarded, and what the client hears then.

use std::time::{Duration, Instant};

use sandboxd_api::gateway::Status;

use crate::support::{App, ID, TestGateway, host};

#[tokio::test]
async fn unknown_hosts_sandboxes_and_ports_are_not_found() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    let other = "01jd3v5m8x0000000000000zzz";
    for host in [
        "example.test".to_owned(),
        "api.preview.example.test".to_owned(),
        format!("s-{other}-{}.preview.example.test", app.port),
        format!("s-{ID}-1.preview.example.test"),
        format!("s-{ID}-{}.preview.example.org", app.port),
    ] {
        let mut wire = gateway.connect().await;
        wire.send(&format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n")).await;
        let (head, body) = wire.answer().await;
        assert_eq!(head.status(), 404, "{host}");
        let id = head.get("x-request-id").unwrap();
        assert!(body.starts_with("{\"error\":{\"code\":\"not_found\""), "{body}");
        assert!(body.contains(&id) && body.contains("\"retryable\":false"), "{body}");
    }
    let (head, body) = gateway.ask("GET /", 1, "accept: text/html\r\n").await;
    assert_eq!(head.get("content-type").unwrap(), "text/html; charset=utf-8");
    assert!(body.contains("There is no such preview."));
    assert_eq!(app.connections(), 0);
}

#[tokio::test]
async fn health_is_asked_of_the_gateway_on_other_hosts_only() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = gateway.connect().await;
    wire.send("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:18080\r\n\r\n").await;
    assert_eq!(wire.answer().await.0.status(), 200);
    let (_, body) = gateway.ask("GET /healthz", app.port, "").await;
    assert!(body.contains(&host(app.port)), "the app's own: {body}");
}

#[tokio::test]
async fn a_private_preview_is_neither_shown_nor_woken() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    for status in [Status::Running, Status::Stopped] {
        gateway.table.change(ID, |route| {
            route.public = false;
            route.status = status;
        });
        for (headers, kind) in [
            ("authorization: Bearer sbx_anything\r\n", "application/json"),
            ("accept: text/html\r\n", "text/html; charset=utf-8"),
            ("x-sandboxd-wake-poll: 1\r\n", "application/json"),
        ] {
            // A port that it doesn't have answers the same: what it has is private, too.
            for port in [app.port, 1] {
                let (head, _) = gateway.ask("GET /", port, headers).await;
                assert_eq!(head.status(), 401);
                assert_eq!(head.get("content-type").unwrap(), kind);
                assert!(head.get("www-authenticate").is_some());
            }
        }
    }
    assert_eq!((app.connections(), gateway.waker.wakes(), gateway.waker.touches()), (0, 0, 0));
}

#[tokio::test]
async fn an_app_that_does_not_listen_is_told_apart_from_one_that_starts() {
    let app = App::echo().await;
    let gateway = TestGateway::with(|limits| limits.startup_grace = Duration::from_secs(30)).await;
    gateway.run(&app);
    let port = app.port;
    app.stop().await;
    gateway.table.change(ID, |route| {
        route.since = Instant::now().checked_sub(Duration::from_secs(31)).unwrap();
    });
    let (head, body) = gateway.ask("GET /", port, "").await;
    assert_eq!(head.status(), 502);
    assert!(body.contains("\"sandbox_unavailable\"") && body.contains("0.0.0.0"), "{body}");
    let (head, body) = gateway.ask("GET /", port, "accept: text/html\r\n").await;
    assert_eq!(head.status(), 502);
    assert!(body.contains("listens on 0.0.0.0") && !body.contains("<script"), "{body}");
}

#[tokio::test]
async fn nonsense_and_silence_from_the_app_are_bad_gateway() {
    let app = App::new(async |mut wire| {
        let head = wire.head().await.unwrap();
        match head.first.as_str() {
            "GET /nonsense HTTP/1.1" => wire.send("SSH-2.0-hello\r\n\r\n").await,
            "GET /switch HTTP/1.1" => {
                wire.send("HTTP/1.1 101 Go\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n").await;
            }
            "GET /headers HTTP/1.1" => {
                let many = "x: y\r\n".repeat(500);
                wire.send(&format!("HTTP/1.1 200 OK\r\n{many}\r\n")).await;
            }
            "GET /silence HTTP/1.1" => wire.closed().await,
            _ => {}
        }
    })
    .await;
    let gateway =
        TestGateway::with(|limits| limits.response_header = Duration::from_millis(200)).await;
    gateway.run(&app);
    for path in ["/nonsense", "/switch", "/headers", "/silence", "/closed"] {
        let (head, body) = gateway.ask(&format!("GET {path}"), app.port, "").await;
        assert_eq!(head.status(), 502, "{path}");
        assert!(body.contains("sandbox_unavailable"), "{path}");
    }
}

#[tokio::test]
async fn deleted_and_failed_sandboxes_are_not_woken() {
    let gateway = TestGateway::new().await;
    for (status, code) in [(Status::Deleting, 404), (Status::Error, 502)] {
        gateway.table.set_status(ID, status);
        let (head, _) = gateway.ask("GET /", 3000, "accept: text/html\r\n").await;
        assert_eq!(head.status(), code);
    }
    assert_eq!(gateway.waker.wakes(), 0);
}
