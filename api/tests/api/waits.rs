//! `?wait=` on an operation.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{TestApp, id};

#[tokio::test]
async fn a_wait_ends_as_soon_as_the_operation_has() {
    let app = TestApp::new().await;
    let mut took = Vec::new();
    for round in 0..9 {
        let shop = app.app("shop").await;
        let made = app.post(&format!("/v1/apps/{shop}/sandbox"), json!({})).await.json;
        let operation = id(&made, "id");
        let path = format!("/v1/operations/{operation}?wait=30s");
        let waits = async {
            let reply = app.get(&path).await;
            (reply, Instant::now())
        };
        let does = async {
            app.worker().succeed(&operation).await;
            Instant::now()
        };
        let ((reply, woken), committed) = tokio::join!(waits, does);
        assert_eq!(reply.expect(200).json["status"], "succeeded", "round {round}");
        took.push(woken.saturating_duration_since(committed));
    }
    // The median: a busy machine delays some, the fallback tick alone would delay most by more.
    took.sort();
    assert!(took[4] < Duration::from_millis(100), "waits woke {took:?} after the commit");
}

#[tokio::test]
async fn a_wait_that_is_over_shows_the_operation_as_it_is() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let made = app.post(&format!("/v1/apps/{shop}/sandbox"), json!({})).await;
    let path = made.header("location");
    let begun = Instant::now();
    let reply = app.get(&format!("{path}?wait=200ms")).await;
    assert_eq!(reply.expect(200).json["status"], "queued");
    assert!(begun.elapsed() >= Duration::from_millis(200));
    for bad in ["61s", "forever", "-1s", ""] {
        app.get(&format!("{path}?wait={bad}")).await.expect_field("wait");
    }
}

#[tokio::test]
async fn waiting_for_what_is_not_there_is_no_wait() {
    let app = TestApp::new().await;
    let begun = Instant::now();
    let path = "/v1/operations/01JD4X8QK3M5N7P9R1S3T5V7W9?wait=30s";
    app.get(path).await.expect_error(404, "not_found");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn shutdown_ends_waits_and_the_server() {
    let mut app = TestApp::new().await;
    let shop = app.app("shop").await;
    let made = app.post(&format!("/v1/apps/{shop}/sandbox"), json!({})).await;
    let ask = app.ask("GET", &format!("{}?wait=60s", made.header("location")));
    let waits = tokio::spawn(ask.send());
    let mut live = crate::support::Sse::open(&app, "/v1/events").await;
    let begun = Instant::now();
    app.shutdown.cancel();
    // A request that had not arrived yet is refused by the closed port; one that had is answered.
    if let Ok(reply) = waits.await {
        reply.expect(200);
    }
    assert!(live.next().await.is_none(), "the stream has ended");
    (&mut app.serving).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}
