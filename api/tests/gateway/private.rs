//! Private previews: a link becomes a cookie, and what it opened ends with its token.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sandboxd_api::gateway::{Grant, NoGrant, Status};

use crate::support::{App, Head, ID, TestGateway, Wire, eventually, host};

const TOKEN: &str = "sbx_preview_test";
const SHEET: &str = "accept: text/html\r\n";
const SWITCH: &str = "connection: Upgrade\r\nupgrade: websocket\r\n";

/// A gateway whose one sandbox is private and runs `app`; `TOKEN` opens it.
async fn private(app: &App) -> TestGateway {
    let gateway = TestGateway::before(app).await;
    gateway.table.change(ID, |route| route.public = false);
    gateway.table.issue(TOKEN, ID);
    gateway
}

fn with_token(token: &str) -> String {
    format!("x-sandboxd-preview-token: {token}\r\n")
}

async fn open(gateway: &TestGateway, port: u16, query: &str) -> Head {
    gateway.ask(&format!("GET /.sandboxd/open?{query}"), port, SHEET).await.0
}

#[tokio::test]
async fn a_link_becomes_a_cookie_that_opens_the_preview_and_stays_here() {
    let app = App::echo().await;
    let gateway = private(&app).await;
    let head = open(&gateway, app.port, &format!("token={TOKEN}&to=%2Fa%3Fb%3Dc")).await;
    assert_eq!(head.status(), 303);
    assert_eq!(head.get("location").unwrap(), "/a?b=c");
    assert_eq!(head.get("referrer-policy").unwrap(), "no-referrer");
    assert_eq!(head.get("cache-control").unwrap(), "no-store");
    let set = head.get("set-cookie").unwrap();
    let cookies: Vec<&str> = set.split('|').collect();
    assert_eq!(cookies.len(), 2, "{set}");
    for (cookie, name) in cookies.iter().zip(["__Host-sandboxd_preview", "sandboxd_preview"]) {
        let rest = cookie.strip_prefix(&format!("{name}={TOKEN}; Path=/; Max-Age=3600; HttpOnly"));
        assert!(rest.is_some() && !cookie.to_lowercase().contains("domain"), "{cookie}");
        let (_, seen) =
            gateway.ask("GET /a", app.port, &format!("cookie: x=1; {name}={TOKEN}\r\n")).await;
        assert!(seen.contains("x=1") && !seen.contains(TOKEN), "{seen}");
    }
    // What is tossed by a sibling host doesn't lock out.
    let tossed = format!("cookie: sandboxd_preview=evil\r\ncookie: sandboxd_preview={TOKEN}\r\n");
    assert_eq!(gateway.ask("GET /", app.port, &tossed).await.0.status(), 200);
    let (_, seen) = gateway.ask("GET /", app.port, &with_token(TOKEN)).await;
    assert!(seen.starts_with("Head") && !seen.contains(TOKEN), "{seen}");
    assert_eq!(app.requests().iter().filter(|line| line.contains("sandboxd")).count(), 0);
}

#[tokio::test]
async fn over_https_there_is_only_the_guarded_cookie() {
    let app = App::echo().await;
    let gateway = TestGateway::configured(|config| config.tls = true).await;
    gateway.run(&app);
    gateway.table.issue(TOKEN, ID);
    let head = open(&gateway, app.port, &format!("token={TOKEN}")).await;
    let set = head.get("set-cookie").unwrap();
    assert!(set.starts_with("__Host-sandboxd_preview=") && !set.contains('|'), "{set}");
    assert!(set.ends_with("; HttpOnly; Secure; SameSite=None; Partitioned"), "{set}");
}

#[tokio::test]
async fn a_link_leads_nowhere_but_to_its_own_host() {
    let app = App::echo().await;
    let gateway = private(&app).await;
    for to in [
        "//evil.test",
        "/%5Cevil.test",
        "%5C/evil.test",
        "http://evil.test/",
        "https:evil.test",
        "/%09/evil.test",
        "/%0d%0aset-cookie:%20a=b",
        "/%00",
        "evil.test",
        "",
        "/.sandboxd/open",
        "/%C3%A9",
        &format!("/{}", "a".repeat(2048)),
    ] {
        let head = open(&gateway, app.port, &format!("token={TOKEN}&to={to}")).await;
        assert_eq!(head.status(), 400, "{to}");
        assert_eq!((head.get("location"), head.get("set-cookie")), (None, None), "{to}");
    }
    for damaged in ["", "to=/", &format!("token={TOKEN}&token={TOKEN}")] {
        assert_eq!(open(&gateway, app.port, damaged).await.status(), 400, "{damaged}");
    }
}

#[tokio::test]
async fn reserved_paths_are_never_the_apps() {
    let app = App::echo().await;
    let gateway = TestGateway::before(&app).await;
    for public in [true, false] {
        gateway.table.change(ID, |route| route.public = public);
        for (line, status) in [
            ("GET /.sandboxd", 404),
            ("GET /.sandboxd/", 404),
            ("GET /.sandboxd/other?token=x", 404),
            ("POST /.sandboxd/open?token=x", 405),
        ] {
            let (head, _) = gateway.ask(line, app.port, "content-length: 0\r\n").await;
            assert_eq!(head.status(), status, "{line}");
        }
    }
    // An old link to what is public by now leads on, without a cookie.
    gateway.table.change(ID, |route| route.public = true);
    let head = open(&gateway, app.port, "token=old").await;
    assert_eq!((head.status(), head.get("set-cookie")), (303, None));
    assert_eq!(app.connections(), 0);
}

#[tokio::test]
async fn a_token_opens_its_own_sandbox_and_port_only() {
    let app = App::echo().await;
    let gateway = private(&app).await;
    let other = "01jd3v5m8x0000000000000zzz";
    let expires_in = Duration::from_secs(9);
    let grant = |sandbox: &str, port| Grant { sandbox: sandbox.to_owned(), port, expires_in };
    gateway.table.set_token("other-sandbox", Ok(grant(other, None)));
    gateway.table.set_token("other-port", Ok(grant(ID, Some(app.port.wrapping_add(1)))));
    gateway.table.set_token("this-port", Ok(grant(ID, Some(app.port))));
    for (token, status) in
        [("other-sandbox", 401), ("other-port", 401), ("this-port", 200), ("forged", 401)]
    {
        let (head, _) = gateway.ask("GET /", app.port, &with_token(token)).await;
        assert_eq!(head.status(), status, "{token}");
        let linked = open(&gateway, app.port, &format!("token={token}")).await;
        assert_eq!(linked.status(), if status == 200 { 303 } else { 401 }, "{token}");
        assert_eq!(linked.get("set-cookie").is_some(), status == 200, "{token}");
    }
    // A port that may not be previewed isn't opened by any token.
    assert_eq!(gateway.ask("GET /", 1, &with_token(TOKEN)).await.0.status(), 404);
    assert_eq!(open(&gateway, 1, &format!("token={TOKEN}")).await.status(), 404);
    let (_, page) = gateway.ask("GET /.sandboxd/open?token=forged", app.port, SHEET).await;
    assert!(page.contains("Ask its owner for a new one"), "{page}");
}

#[tokio::test]
async fn only_who_has_a_token_wakes_a_private_sandbox() {
    let app = App::echo().await;
    let gateway = private(&app).await;
    gateway.table.set_status(ID, Status::Stopped);
    assert_eq!(gateway.ask("GET /", app.port, SHEET).await.0.status(), 401);
    assert_eq!(gateway.ask("GET /", app.port, &with_token("forged")).await.0.status(), 401);
    // The link by itself wakes nothing: what it leads to does.
    let linked = open(&gateway, app.port, &format!("token={TOKEN}")).await;
    assert_eq!((linked.status(), gateway.waker.wakes()), (303, 0));
    let cookie = format!("{SHEET}cookie: __Host-sandboxd_preview={TOKEN}\r\n");
    let (head, page) = gateway.ask("GET /", app.port, &cookie).await;
    assert_eq!(head.status(), 503);
    assert!(page.contains("Waking up"), "{page}");
    eventually("it is woken", || gateway.waker.wakes() == 1).await;
}

#[tokio::test]
async fn a_token_that_was_made_just_now_is_waited_for() {
    let app = App::echo().await;
    let gateway = Arc::new(private(&app).await);
    gateway.table.set_token("fresh", Err(NoGrant::NotYet));
    let (asking, port) = (Arc::clone(&gateway), app.port);
    let early = tokio::spawn(async move { open(&asking, port, "token=fresh").await.status() });
    gateway.table.issue("fresh", ID);
    assert_eq!(early.await.unwrap(), 303);
    gateway.table.set_token("late", Err(NoGrant::NotYet));
    let (head, body) = gateway.ask("GET /", app.port, &with_token("late")).await;
    assert_eq!(head.status(), 401);
    assert!(body.contains("\"unauthorized\""), "{body}");
}

/// Switches protocols, streams without end or stays silent, as asked.
async fn endless_app() -> App {
    App::new(async |mut wire| {
        let Some(head) = wire.head().await else { return };
        if head.get("upgrade").is_some() {
            wire.send("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\n").await;
            wire.send("upgrade: websocket\r\n\r\n").await;
        } else if head.first.contains("/stream") {
            wire.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n").await;
        }
        wire.closed().await;
    })
    .await
}

async fn ask(gateway: &TestGateway, app: &App, path: &str, headers: &str) -> Wire {
    let mut wire = gateway.connect().await;
    wire.send(&format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{headers}\r\n", host(app.port))).await;
    wire
}

/// A tunnel, a stream and a request without an answer, all by one token.
async fn busy(gateway: &TestGateway, app: &App) -> [Wire; 3] {
    let token = with_token(TOKEN);
    let mut tunnel = ask(gateway, app, "/ws", &format!("{SWITCH}{token}")).await;
    assert_eq!(tunnel.head().await.unwrap().status(), 101);
    let mut stream = ask(gateway, app, "/stream", &token).await;
    assert_eq!(stream.head().await.unwrap().status(), 200);
    assert_eq!(stream.chunk().await, "hi");
    let before = app.connections();
    let silent = ask(gateway, app, "/silent", &token).await;
    eventually("all are under way", || app.connections() == before + 1).await;
    [tunnel, stream, silent]
}

#[tokio::test]
async fn what_a_token_opened_ends_with_it() {
    // An expiry is announced by nobody.
    for announced in [true, false] {
        let app = endless_app().await;
        let gateway = private(&app).await;
        gateway.table.issue("another", ID);
        let mut spared = ask(&gateway, &app, "/stream", &with_token("another")).await;
        assert_eq!(spared.head().await.unwrap().status(), 200);
        let [mut tunnel, mut stream, mut silent] = busy(&gateway, &app).await;
        let ended = Instant::now();
        gateway.table.end_token(TOKEN, announced);
        assert_eq!(silent.head().await.unwrap().status(), 401);
        tunnel.closed().await;
        stream.closed().await;
        assert!(ended.elapsed() < Duration::from_secs(2), "{:?}", ended.elapsed());
        let (head, _) = gateway.ask("GET /", app.port, &with_token(TOKEN)).await;
        assert_eq!(head.status(), 401);
        assert_eq!(spared.chunk().await, "hi");
    }
}

#[tokio::test]
async fn a_preview_that_turns_private_lets_go_of_all_it_showed() {
    let app = endless_app().await;
    let gateway = private(&app).await;
    gateway.table.change(ID, |route| route.public = true);
    let mut stream = ask(&gateway, &app, "/stream", "").await;
    assert_eq!(stream.head().await.unwrap().status(), 200);
    gateway.table.change(ID, |route| route.public = false);
    stream.closed().await;
}

#[tokio::test]
async fn who_waits_for_a_sandbox_stops_waiting_when_the_token_ends() {
    let app = App::echo().await;
    let gateway = private(&app).await;
    gateway.table.set_status(ID, Status::Starting);
    let mut wire = ask(&gateway, &app, "/", &with_token(TOKEN)).await;
    // Only a change while it waits tells; so the sandbox is asleep first, and its waker rung.
    gateway.table.set_status(ID, Status::Stopped);
    eventually("it waits", || gateway.waker.wakes() == 1).await;
    gateway.table.end_token(TOKEN, true);
    assert_eq!(wire.head().await.unwrap().status(), 401);
    gateway.run(&app);
    assert_eq!(app.connections(), 0);
}
