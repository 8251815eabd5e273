//! What passes to the application and what doesn't, and requests that want to be two.

use std::time::Duration;

use crate::support::{App, LIMIT, TestGateway, host};

#[tokio::test]
async fn headers_are_cleaned_in_both_directions() {
    let app = App::new(async |mut wire| {
        while let Some(head) = wire.head().await {
            let text = format!("{head:?}");
            wire.send("HTTP/1.1 200 OK\r\nconnection: keep-alive, x-internal\r\n").await;
            wire.send("x-internal: 1\r\nkeep-alive: timeout=5\r\nset-cookie: theme=dark\r\n").await;
            wire.send("set-cookie: sandboxd_session=planted\r\nproxy-authenticate: Basic\r\n")
                .await;
            wire.send(&format!("content-length: {}\r\n\r\n{text}", text.len())).await;
        }
    })
    .await;
    let gateway = TestGateway::before(&app).await;
    let sent = "connection: keep-alive, X-Hop\r\nx-hop: secret-hop\r\nte: trailers\r\n\
        cookie: a=1; sandboxd_session=secret-cookie\r\nauthorization: Bearer sbx_secret\r\n\
        x-forwarded-for: 6.6.6.6\r\nx-forwarded-proto: https\r\nx-forwarded-host: evil\r\n\
        forwarded: for=6.6.6.6\r\nproxy-authorization: secret-proxy\r\nupgrade: h2c\r\n";
    let (head, seen) = gateway.ask("GET /p?q=1", app.port, sent).await;
    assert_eq!(head.status(), 200);
    for gone in ["connection", "x-internal", "keep-alive", "proxy-authenticate"] {
        assert_eq!(head.get(gone), None, "{gone}");
    }
    assert_eq!(head.get("set-cookie").unwrap(), "theme=dark");
    for gone in ["secret", "6.6.6.6", "evil", "https", "trailers", "h2c"] {
        assert!(!seen.contains(gone), "{gone} in {seen}");
    }
    let host = host(app.port);
    for kept in ["GET /p?q=1 HTTP/1.1", "a=1", "(\"x-forwarded-for\", \"127.0.0.1\")"] {
        assert!(seen.contains(kept), "{kept} in {seen}");
    }
    for name in ["host", "x-forwarded-host"] {
        assert!(seen.contains(&format!("(\"{name}\", \"{host}\")")), "{seen}");
    }
}

#[tokio::test]
async fn absolute_form_reaches_the_app_in_origin_form() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    let (_, body) = gateway.ask(&format!("GET http://{}/x?y", host(app.port)), app.port, "").await;
    assert!(body.contains("GET /x?y HTTP/1.1"), "{body}");
}

#[tokio::test]
async fn ambiguous_requests_are_refused_before_the_app_sees_them() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    let host = host(app.port);
    let smuggled = "GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n";
    let cases = [
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\nhost: {host}\r\nhost: {host}\r\n\r\n"), 400),
        (format!("GET http://other.test/ HTTP/1.1\r\nhost: {host}\r\n\r\n"), 400),
        (format!("CONNECT {host}:80 HTTP/1.1\r\nhost: {host}:80\r\n\r\n"), 400),
        (
            format!(
                "POST / HTTP/1.1\r\nhost: {host}\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na{smuggled}"
            ),
            400,
        ),
        (format!("POST / HTTP/1.1\r\nhost: {host}\r\ncontent-length: +1\r\n\r\na{smuggled}"), 400),
        (
            format!(
                "POST / HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n{smuggled}"
            ),
            400,
        ),
        (
            format!(
                "POST / HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
            ),
            400,
        ),
        (
            format!(
                "POST / HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n{smuggled}"
            ),
            400,
        ),
        (
            format!(
                "POST / HTTP/1.0\r\nhost: {host}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
            ),
            400,
        ),
        (
            format!(
                "POST / HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n{smuggled}"
            ),
            400,
        ),
        (format!("GET / HTTP/1.1\r\nhost: {host}\r\nx: a\r\n folded\r\n\r\n"), 400),
        (format!("GET / HTTP/1.1\r\nhost: {host}\r\nx: {}\r\n\r\n", "a".repeat(70_000)), 431),
        (format!("GET / HTTP/1.1\r\nhost: {host}\r\n{}\r\n", "x: a\r\n".repeat(200)), 431),
    ];
    for (request, status) in cases {
        let mut wire = gateway.connect().await;
        wire.send(&request).await;
        let shown: String = request.chars().take(200).collect();
        assert_eq!(wire.head().await.expect(&shown).status(), status, "{shown}");
    }
    assert_eq!(app.requests(), Vec::<String>::new());
}

/// hyper takes such a request as chunked, drops the length and ends the connection after it,
/// as RFC 9112, 6.1 has it. What must hold: the app sees one request with one framing, and
/// nothing after it is read.
#[tokio::test]
async fn length_beside_chunked_is_framed_anew_and_ends_the_connection() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    for framing in [
        "content-length: 5\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 60",
    ] {
        let mut wire = gateway.connect().await;
        let host = host(app.port);
        wire.send(&format!(
            "POST / HTTP/1.1\r\nhost: {host}\r\n{framing}\r\n\r\n0\r\n\r\n\
             GET /smuggled HTTP/1.1\r\nhost: {host}\r\n\r\n"
        ))
        .await;
        let (head, seen) = wire.answer().await;
        assert_eq!(head.get("connection").as_deref(), Some("close"));
        assert!(!(seen.contains("content-length") && seen.contains("transfer-encoding")), "{seen}");
        wire.closed().await;
    }
    assert_eq!(app.requests(), ["POST / HTTP/1.1", "POST / HTTP/1.1"]);
}

#[tokio::test]
async fn a_client_that_dawdles_over_its_headers_is_cut_off() {
    let gateway = TestGateway::with(|limits| limits.header_read = Duration::from_millis(80)).await;
    let mut slow = gateway.connect().await;
    slow.send("GET / HTTP/1.1\r\nhost: ").await;
    slow.closed().await;
    let mut silent = gateway.connect().await;
    silent.closed().await;
    // One more byte now and then doesn't buy time.
    let mut dripping = gateway.connect().await;
    let drip = async {
        while dripping.try_send("x").await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(LIMIT, drip).await.expect("cut off");
}
