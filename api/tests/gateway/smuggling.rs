//! Requests that want to be two, or to be somebody else's: what the application gets to see.

use std::time::Duration;

use sandboxd_api::gateway::Status;

use crate::support::{App, TestGateway, host};

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
/// For what isn't a request yet and never will be.
const BRIEF: Duration = Duration::from_millis(200);
const OTHER: &str = "01jd3v5m8x0000000000000zzz";

/// Sends bytes on a connection of their own and gives the statuses of all answers, up to the end
/// of the connection.
async fn statuses(gateway: &TestGateway, bytes: &str) -> Vec<u16> {
    let mut wire = gateway.connect().await;
    wire.send(bytes).await;
    let mut statuses = Vec::new();
    while let Some(head) = wire.head().await {
        statuses.push(head.status());
        wire.body(&head).await;
    }
    statuses
}

#[tokio::test]
async fn broken_framing_is_refused_and_nothing_behind_it_is_read() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    let host = host(app.port);
    for framing in [
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity",
        "transfer-encoding: identity",
        "transfer-encoding: chunked, chunked",
        "transfer-encoding: \"chunked\"",
        "transfer-encoding: chunked;q=1",
        "transfer-encoding:\x0bchunked",
        "transfer-encoding:",
        "content-length: 5, 6",
        "content-length: 5\r\ncontent-length: 6",
        "content-length: -1",
        "content-length: 0x5",
        "content-length: 5 5",
        "content-length: 99999999999999999999",
        "content-length:",
        "content-length : 5",
        " content-length: 5",
        "content-length: 5\r\n\tx: y",
        "x\0y: z",
        "x: a\0b",
        "x: a\rb",
        "no colon",
        ": no name",
    ] {
        let request =
            format!("POST / HTTP/1.1\r\nhost: {host}\r\n{framing}\r\n\r\n0\r\n\r\n{SMUGGLED}");
        assert_eq!(statuses(&gateway, &request).await, [400], "{framing:?}");
    }
    assert_eq!(app.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn a_length_said_twice_alike_is_said_once() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    for twice in ["content-length: 2\r\ncontent-length: 2\r\n", "content-length: 2, 2\r\n"] {
        let (head, seen) = gateway.ask("POST /twice", app.port, &format!("{twice}\r\nhi")).await;
        match head.status() {
            200 => {
                assert_eq!(seen.matches("content-length").count(), 1, "{seen}");
                assert!(seen.contains("(\"content-length\", \"2\")"), "{seen}");
            }
            status => assert_eq!(status, 400),
        }
    }
}

#[tokio::test]
async fn tricks_with_chunks_hide_no_second_request() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    let host = host(app.port);
    let head =
        format!("POST /chunks HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding: chunked\r\n\r\n");
    for chunks in [
        // An extension that ends with a bare LF for some and goes on for others.
        "2;\nxx\r\n36\r\n0\r\n\r\n",
        "2;a=\nhi\r\n0\r\n\r\n",
        "2\nhi\r\n0\r\n\r\n",
        "2\r\nhi\n0\r\n\r\n",
        "2\r\nhiX0\r\n\r\n",
        "-2\r\nhi\r\n0\r\n\r\n",
        "0x2\r\nhi\r\n0\r\n\r\n",
        "+2\r\nhi\r\n0\r\n\r\n",
        "\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nhi\r\n0\r\n\r\n",
        "2_0\r\nhi\r\n0\r\n\r\n",
    ] {
        let found = statuses(&gateway, &format!("{head}{chunks}{SMUGGLED}")).await;
        assert!(found.len() <= 1 && !found.contains(&200), "{chunks:?}: {found:?}");
    }
    let long = format!("{head}1;{}\r\nx\r\n0\r\n\r\n{SMUGGLED}", "e".repeat(20_000));
    let found = statuses(&gateway, &long).await;
    assert!(found.len() <= 1 && !found.contains(&200), "{found:?}");
    assert!(!app.requests().iter().any(|line| line.contains("smuggled")), "{:?}", app.requests());
    // Extensions as such are read over, and don't reach the application.
    let (answer, seen) = {
        let mut wire = gateway.connect().await;
        wire.send(&format!("{head}2;ext=\"v\"\r\nhi\r\n0;last\r\n\r\n")).await;
        wire.answer().await
    };
    assert_eq!(answer.status(), 200);
    assert!(seen.ends_with("\nhi"), "{seen}");
}

#[tokio::test]
async fn trailers_do_not_pass() {
    let app = App::new(async |mut wire| {
        let head = wire.head().await.unwrap();
        assert_eq!((head.get("trailer"), head.get("te")), (None, None));
        while !wire.chunk_without_end().await.is_empty() {}
        // What follows the last chunk up to the empty line.
        let trailers = wire.head_lines().await;
        assert_eq!(trailers, 0, "no trailer passes");
        wire.send("HTTP/1.1 200 OK\r\ntrailer: set-cookie\r\ntransfer-encoding: chunked\r\n\r\n")
            .await;
        wire.send("2\r\nok\r\n0\r\nset-cookie: sandboxd_preview=x\r\n\r\n").await;
    })
    .await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = gateway.connect().await;
    wire.send(&format!("POST / HTTP/1.1\r\nhost: {}\r\n", host(app.port))).await;
    wire.send("te: trailers\r\ntrailer: x-forwarded-for\r\ntransfer-encoding: chunked\r\n").await;
    wire.send("\r\n2\r\nhi\r\n0\r\nx-forwarded-for: 6.6.6.6\r\n\r\n").await;
    let head = wire.head().await.unwrap();
    assert_eq!((head.status(), head.get("trailer")), (200, None));
    assert_eq!(wire.chunk_without_end().await, "ok");
    assert_eq!(wire.chunk_without_end().await, "");
    assert_eq!(wire.head_lines().await, 0);
}

#[tokio::test]
async fn lines_that_end_with_a_bare_lf_are_written_anew() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    let mut wire = gateway.connect().await;
    wire.send(&format!("GET /lf HTTP/1.1\nhost: {}\nx-a: b\n\n", host(app.port))).await;
    let (head, seen) = wire.answer().await;
    assert_eq!(head.status(), 200);
    assert!(seen.contains("(\"x-a\", \"b\")"), "{seen}");
    assert_eq!(app.requests(), ["GET /lf HTTP/1.1"]);
}

#[tokio::test]
async fn the_host_header_alone_decides_and_each_request_by_itself() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    gateway.table.change(OTHER, |route| {
        route.public = false;
        route.status = Status::Stopped;
        route.ports = vec![app.port];
    });
    let (own, port) = (host(app.port), app.port);
    let others = format!("s-{OTHER}-{port}.preview.example.test");
    // Claims about the host are only claims.
    for claim in ["x-forwarded-host", "x-host", "forwarded", "x-original-url", "x_forwarded_host"] {
        let (head, seen) = gateway.ask("GET /", port, &format!("{claim}: host={others}\r\n")).await;
        assert_eq!(head.status(), 200, "{claim}");
        assert!(seen.contains(&format!("(\"x-forwarded-host\", \"{own}\")")), "{seen}");
    }
    // One connection, two hosts: the second request is judged as if it came alone.
    let pipelined = format!(
        "GET /a HTTP/1.1\r\nhost: {own}\r\n\r\nGET /b HTTP/1.1\r\nhost: {others}\r\n\r\n\
         GET /c HTTP/1.1\r\nhost: {own}\r\nconnection: close\r\n\r\n"
    );
    assert_eq!(statuses(&gateway, &pipelined).await, [200, 401, 200]);
    assert_eq!(app.requests()[5..], ["GET /a HTTP/1.1", "GET /c HTTP/1.1"]);
    assert_eq!(gateway.waker.wakes(), 0);
}

#[tokio::test]
async fn hosts_are_read_in_one_way() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    let own = host(app.port);
    let line = |target: &str, host: &str| {
        format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")
    };
    let cases = [
        (line("/", &own.to_uppercase()), true),
        (line("/", &format!("{own}.")), true),
        (line("/", &format!("{own}:18080")), true),
        (line(&format!("http://{own}/x"), &own), true),
        (line(&format!("http://{}/x", own.to_uppercase()), &own), true),
        (line("//evil.test/x", &own), true),
        (line("/", &format!("{own}:")), false),
        (line("/", &format!("{own}:0")), false),
        (line("/", &format!("{own}:99999")), false),
        (line("/", &format!("{own}..")), false),
        (line("/", &format!("user@{own}")), false),
        (line("/", &format!("user:80@{own}")), false),
        (line("/", &format!("{own}, {own}")), false),
        (line("/", &format!("{own} {own}")), false),
        (line("/", &format!("{own}/")), false),
        (line("/", &format!("{own}%00")), false),
        (line("/", "[::1]"), false),
        (line("/", "[::1]:18080"), false),
        (line("/", "[::1"), false),
        (line("/", ""), false),
        (line(&format!("http://u@{own}/"), &own), false),
        (line(&format!("https://{own}/"), &own), false),
        (line(&format!("http://{own}:80/"), &own), false),
        (line(&format!("http://{own}/"), "other.test"), false),
        (line("http:///x", &own), false),
        (line("http://other.test/", "other.test"), false),
        (format!("GET http://{own}/ HTTP/1.1\r\n\r\n"), false),
        (format!("GET / HTTP/1.1\r\nhost: {own}\r\nHOST: other.test\r\n\r\n"), false),
    ];
    let mut wanted = 0;
    for (request, served) in cases {
        let found = statuses(&gateway, &request).await;
        let right = if served { found == [200] } else { found == [400] || found == [404] };
        assert!(right, "{request}: {found:?}");
        wanted += usize::from(served);
    }
    assert_eq!(app.requests().len(), wanted);
    assert!(app.requests().contains(&"GET //evil.test/x HTTP/1.1".to_owned()));
}

#[tokio::test]
async fn other_versions_of_http_are_not_spoken() {
    let app = App::echo().await;
    let gateway = TestGateway::with(|limits| limits.header_read = BRIEF).await;
    gateway.run(&app);
    let own = host(app.port);
    for request in [
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.2\r\nhost: {own}\r\n\r\n"),
        format!("GET / HTTP/3\r\nhost: {own}\r\n\r\n"),
        "GET /\r\n".to_owned(),
        format!("GET  / HTTP/1.1\r\nhost: {own}\r\n\r\n"),
        format!("GET / x HTTP/1.1\r\nhost: {own}\r\n\r\n"),
    ] {
        let found = statuses(&gateway, &request).await;
        assert!(found.iter().all(|&status| status >= 400), "{request}: {found:?}");
    }
    assert_eq!(app.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn a_switch_that_does_not_happen_opens_no_way_past_the_gateway() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    gateway.table.change(OTHER, |route| route.public = false);
    let own = host(app.port);
    let others = format!("s-{OTHER}-{}.preview.example.test", app.port);
    let behind = format!("GET /behind HTTP/1.1\r\nhost: {others}\r\nconnection: close\r\n\r\n");
    for ask in [
        "connection: upgrade\r\nupgrade: websocket\r\n",
        "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n",
        "connection: upgrade\r\nupgrade: H2C, websocket\r\n",
        "connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 0\r\n",
    ] {
        let request = format!("GET /switch HTTP/1.1\r\nhost: {own}\r\n{ask}\r\n{behind}");
        let found = statuses(&gateway, &request).await;
        assert!(found == [200] || found == [200, 401], "{ask}: {found:?}");
    }
    let upload = format!(
        "POST /switch HTTP/1.1\r\nhost: {own}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         content-length: {}\r\n\r\n{behind}",
        behind.len()
    );
    let mut wire = gateway.connect().await;
    wire.send(&upload).await;
    let (head, seen) = wire.answer().await;
    assert_eq!(head.status(), 200);
    assert!(seen.ends_with(&behind) && !seen.contains("(\"upgrade\""), "{seen}");
    assert!(app.requests().iter().all(|line| line.contains("/switch")), "{:?}", app.requests());
}

#[tokio::test]
async fn a_switch_to_h2c_that_the_app_makes_anyway_is_no_answer() {
    let app = App::new(async |mut wire| {
        wire.head().await;
        wire.send(
            "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
        )
        .await;
        wire.closed().await;
    })
    .await;
    let gateway = TestGateway::before(&app).await;
    for ask in ["", "connection: upgrade\r\nupgrade: websocket\r\n"] {
        assert_eq!(gateway.ask("GET /", app.port, ask).await.0.status(), 502, "{ask}");
    }
}
