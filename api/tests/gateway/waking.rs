//! Sandboxes that sleep: woken once, waited for, and shown to be coming.

use std::sync::Arc;
use std::time::Duration;

use sandboxd_api::gateway::Status;
use tokio::task::JoinSet;

use crate::support::{App, ID, TestGateway, eventually, host, route};

const BROWSER: &str = "accept: text/html,*/*;q=0.8\r\nsec-fetch-mode: navigate\r\n";
const POLL: &str = "accept: */*\r\nx-sandboxd-wake-poll: 1\r\n";

/// A gateway whose one sandbox sleeps; it would run on `port`.
async fn asleep(port: u16) -> Arc<TestGateway> {
    let gateway = TestGateway::new().await;
    gateway.table.change(ID, |r| *r = route(ID));
    gateway.table.change(ID, |r| r.ports = vec![port]);
    Arc::new(gateway)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_hits_make_one_wake_and_get_a_thousand_answers() {
    let app = App::echo().await;
    let gateway = asleep(app.port).await;
    let mut hits = JoinSet::new();
    for _ in 0..1000 {
        let (gateway, port) = (Arc::clone(&gateway), app.port);
        hits.spawn(async move { gateway.ask("GET /", port, "").await.0.status() });
    }
    eventually("it is woken", || gateway.waker.wakes() == 1).await;
    gateway.table.set_status(ID, Status::Starting);
    gateway.run(&app);
    assert!(hits.join_all().await.iter().all(|&status| status == 200));
    assert_eq!(app.requests().len(), 1000);
    assert_eq!(gateway.waker.wakes(), 1);
}

#[tokio::test]
async fn what_sleeps_again_after_it_ran_is_woken_at_once() {
    let app = App::echo().await;
    let gateway = asleep(app.port).await;
    for wakes in 1..=2 {
        let (asking, port) = (Arc::clone(&gateway), app.port);
        let hit = tokio::spawn(async move { asking.ask("GET /", port, "").await.0.status() });
        let woken = eventually("it is woken", || gateway.waker.wakes() == wakes);
        // Well below the pause that a sandbox gets which never came up.
        tokio::time::timeout(Duration::from_secs(3), woken).await.unwrap();
        gateway.run(&app);
        assert_eq!(hit.await.unwrap(), 200);
        gateway.table.set_status(ID, Status::Stopped);
    }
}

#[tokio::test]
async fn a_held_upload_arrives_whole() {
    let app = App::echo().await;
    let gateway = asleep(app.port).await;
    let (asking, port) = (Arc::clone(&gateway), app.port);
    let hit = tokio::spawn(async move {
        asking.ask("POST /form", port, "content-length: 4\r\n\r\ndata").await
    });
    eventually("it is woken", || gateway.waker.wakes() == 1).await;
    gateway.run(&app);
    let (head, body) = hit.await.unwrap();
    assert_eq!(head.status(), 200);
    assert!(body.ends_with("\ndata"), "{body}");
    assert_eq!(app.requests(), ["POST /form HTTP/1.1"]);
}

#[tokio::test]
async fn an_app_that_is_slow_to_listen_is_waited_for() {
    let probe = App::echo().await;
    let port = probe.port;
    let gateway = asleep(port).await;
    gateway.run(&probe);
    probe.stop().await;
    let asking = Arc::clone(&gateway);
    let hit = tokio::spawn(async move { asking.ask("GET /", port, "").await });
    let (head, body) = gateway.ask("GET /", port, BROWSER).await;
    assert_eq!(head.status(), 503);
    assert!(body.contains("Waking up Shop"));
    assert_eq!(gateway.ask("GET /", port, POLL).await.0.get("x-sandboxd-wake").unwrap(), "waiting");
    let app = App::echo_on(port);
    assert_eq!(hit.await.unwrap().0.status(), 200);
    assert_eq!(app.requests(), ["GET / HTTP/1.1"]);
}

#[tokio::test]
async fn a_browser_gets_a_page_that_becomes_the_app() {
    let app = App::echo().await;
    let gateway = asleep(app.port).await;
    let (head, body) = gateway.ask("GET /", app.port, BROWSER).await;
    assert_eq!(head.status(), 503);
    assert_eq!(head.get("retry-after").unwrap(), "1");
    assert_eq!(head.get("cache-control").unwrap(), "no-store");
    assert!(head.get("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert!(body.contains("Waking up Shop") && body.contains("X-Sandboxd-Wake-Poll"));
    assert!(!body.contains("http://") && !body.contains("https://") && !body.contains("src="));
    eventually("it is woken", || gateway.waker.wakes() == 1).await;

    let (head, _) = gateway.ask("GET /", app.port, POLL).await;
    assert_eq!(head.get("x-sandboxd-wake").unwrap(), "waiting");
    gateway.table.set_status(ID, Status::Starting);
    let (head, _) = gateway.ask("GET /", app.port, POLL).await;
    assert_eq!((head.status(), head.get("x-sandboxd-wake").unwrap().as_str()), (503, "waiting"));
    gateway.run(&app);
    let (head, _) = gateway.ask("GET /", app.port, POLL).await;
    assert_eq!((head.status(), head.get("x-sandboxd-wake").unwrap().as_str()), (204, "ready"));
    assert_eq!(app.requests(), Vec::<String>::new(), "the app doesn't see the page asking");
    assert_eq!(gateway.ask("GET /", app.port, BROWSER).await.0.status(), 200);
    assert_eq!((gateway.waker.wakes(), app.connections()), (1, 1));
}

#[tokio::test]
async fn waiting_ends_with_the_hold() {
    let gateway = TestGateway::with(|limits| limits.hold = Duration::from_millis(100)).await;
    gateway.table.change(ID, |_| {});
    let (head, body) = gateway.ask("GET /", 3000, "").await;
    assert_eq!(head.status(), 503);
    assert!(head.get("retry-after").is_some());
    assert!(body.contains("\"sandbox_unavailable\"") && body.contains("\"retryable\":true"));
    let (head, _) = gateway.ask("GET /", 3000, "").await;
    assert_eq!((head.status(), gateway.waker.wakes()), (503, 1));
}

#[tokio::test]
async fn a_sandbox_on_its_way_is_waited_for_without_a_wake() {
    for status in [Status::Creating, Status::Starting, Status::Restoring] {
        let app = App::echo().await;
        let gateway = asleep(app.port).await;
        gateway.table.set_status(ID, status);
        let (head, _) = gateway.ask("GET /", app.port, BROWSER).await;
        assert_eq!(head.status(), 503);
        let (asking, port) = (Arc::clone(&gateway), app.port);
        let hit = tokio::spawn(async move { asking.ask("GET /", port, "").await });
        gateway.run(&app);
        assert_eq!(hit.await.unwrap().0.status(), 200);
        assert_eq!(gateway.waker.wakes(), 0, "{status:?}");
    }
}

#[tokio::test]
async fn a_sandbox_that_is_stopping_is_woken_once_it_has_stopped() {
    let app = App::echo().await;
    let gateway = asleep(app.port).await;
    gateway.table.set_status(ID, Status::Stopping);
    let (asking, port) = (Arc::clone(&gateway), app.port);
    let hit = tokio::spawn(async move { asking.ask("GET /", port, "").await });
    assert_eq!(gateway.ask("GET /", app.port, BROWSER).await.0.status(), 503);
    assert_eq!(gateway.waker.wakes(), 0);
    gateway.table.set_status(ID, Status::Stopped);
    eventually("it is woken", || gateway.waker.wakes() == 1).await;
    gateway.run(&app);
    assert_eq!(hit.await.unwrap().0.status(), 200);
}

#[tokio::test]
async fn a_wake_that_is_refused_answers_everyone_at_once() {
    let gateway = asleep(3000).await;
    *gateway.waker.no_capacity.lock().unwrap() = true;
    let (head, body) = gateway.ask("GET /", 3000, "").await;
    assert_eq!((head.status(), head.get("retry-after").unwrap().as_str()), (503, "10"));
    assert!(body.contains("\"capacity\""), "{body}");
    let (head, body) = gateway.ask("GET /", 3000, BROWSER).await;
    assert_eq!(head.status(), 503);
    assert!(body.contains("no capacity") && !body.contains("<script"), "{body}");
}

#[tokio::test]
async fn waiting_stops_when_the_sandbox_goes_or_turns_private() {
    for private in [true, false] {
        let gateway = asleep(3000).await;
        let asking = Arc::clone(&gateway);
        let hit = tokio::spawn(async move { asking.ask("GET /", 3000, "").await });
        eventually("it is woken", || gateway.waker.wakes() == 1).await;
        if private {
            gateway.table.change(ID, |route| route.public = false);
        } else {
            gateway.table.remove(ID);
        }
        assert_eq!(hit.await.unwrap().0.status(), if private { 401 } else { 404 });
    }
}

#[tokio::test]
async fn too_many_waiting_requests_are_turned_away() {
    let gateway = TestGateway::with(|limits| limits.held_per_sandbox = 1).await;
    gateway.table.set_status(ID, Status::Starting);
    let request = format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", host(3000));
    let (mut first, mut second) = (gateway.connect().await, gateway.connect().await);
    first.send(&request).await;
    second.send(&request).await;
    // Whichever came second has its answer at once, the other waits.
    let (head, body) = tokio::select! {
        answer = first.answer() => answer,
        answer = second.answer() => answer,
    };
    assert_eq!(head.status(), 503);
    assert!(body.contains("\"capacity\"") && body.contains("Too many"), "{body}");
}

#[tokio::test]
async fn an_owner_without_quota_is_named_as_the_reason() {
    let gateway = asleep(3000).await;
    *gateway.waker.no_quota.lock().unwrap() = true;
    let (head, body) = gateway.ask("GET /", 3000, "accept: */*\r\n").await;
    assert_eq!(head.status(), 503);
    assert_eq!(head.get("retry-after").as_deref(), Some("30"));
    assert!(body.contains("\"quota_exceeded\""), "{body}");
    let (head, body) = gateway.ask("GET /", 3000, BROWSER).await;
    assert_eq!(head.status(), 503);
    assert!(body.contains("as many running as their quota allows"), "{body}");
}
