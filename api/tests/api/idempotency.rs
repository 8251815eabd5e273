//! `Idempotency-Key`.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{Ask, BOB, TestApp, id};

fn keyed(app: &TestApp, path: &str, key: &str, body: &Value) -> Ask {
    app.ask("POST", path).header("idempotency-key", key).json(body)
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let app = TestApp::new().await;
    let body = json!({ "name": "shop", "tags": ["a"] });
    let first = keyed(&app, "/v1/apps", "k1", &body).send().await;
    first.expect(201);
    assert_eq!(first.header("idempotency-replayed"), "");
    let before = app.fingerprint().await;
    // The order and the spacing of the body make no other request of it.
    let again = app.ask("POST", "/v1/apps").header("idempotency-key", "k1");
    let again = again
        .header("content-type", "application/json")
        .body("{ \"tags\": [\"a\"],\n \"name\": \"shop\" }")
        .send()
        .await;
    assert_eq!(again.expect(201).text, first.text);
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(app.fingerprint().await, before);
}

#[tokio::test]
async fn another_request_with_the_same_key_is_refused() {
    let app = TestApp::new().await;
    keyed(&app, "/v1/apps", "k1", &json!({ "name": "shop" })).send().await.expect(201);
    let (_, sandbox) = app.running().await;
    let before = app.fingerprint().await;
    for (path, body) in [
        ("/v1/apps".to_owned(), json!({ "name": "other" })),
        ("/v1/apps?x=1".to_owned(), json!({ "name": "shop" })),
        (format!("/v1/sandboxes/{sandbox}/stop"), json!({})),
    ] {
        let refused = keyed(&app, &path, "k1", &body).send().await;
        refused.expect_error(422, "idempotency_mismatch");
    }
    assert_eq!(app.fingerprint().await, before);
    let bobs = keyed(&app, "/v1/apps", "k1", &json!({ "name": "other" })).token(BOB);
    bobs.send().await.expect(201);
}

#[tokio::test]
async fn equal_requests_at_once_do_the_work_once() {
    let app = TestApp::new().await;
    let (shop, _, snapshot) = app.captured().await;
    let path = format!("/v1/apps/{shop}/fork");
    let body = json!({ "snapshot_id": snapshot, "count": 2 });
    let replies = join_all((0..20).map(|_| keyed(&app, &path, "fork-1", &body).send())).await;
    let first = id(&replies[0].expect(202).json, "id");
    assert!(replies.iter().all(|reply| reply.status == 202 && reply.json["id"] == first.as_str()));
    let fresh = replies.iter().filter(|reply| reply.header("idempotency-replayed").is_empty());
    assert_eq!(fresh.count(), 1);
    let forks = app.get("/v1/operations?kind=app.fork").await.json;
    assert_eq!(forks["operations"].as_array().unwrap().len(), 1);
    assert_eq!(app.get("/v1/apps").await.json["apps"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn only_answers_that_succeeded_are_kept() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let body = json!({ "source_sandbox_id": sandbox, "name": "x" });
    keyed(&app, "/v1/snapshots", "k", &body).send().await.expect_error(409, "conflict");
    app.done(app.post(&format!("/v1/sandboxes/{sandbox}/stop"), json!({})).await).await;
    let now = keyed(&app, "/v1/snapshots", "k", &body).send().await;
    now.expect(202);
    assert_eq!(now.header("idempotency-replayed"), "");
}

#[tokio::test]
async fn the_finished_thing_takes_the_place_of_the_operation() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let path = format!("/v1/apps/{shop}/sandbox");
    let ask = || keyed(&app, &path, "k", &json!({})).header("prefer", "wait=10");
    let worker = app.worker();
    let (first, _) = tokio::join!(ask().send(), worker.succeed_next());
    first.expect(201);
    for again in [ask(), keyed(&app, &path, "k", &json!({}))] {
        let again = again.send().await;
        assert_eq!(again.expect(201).text, first.text);
        assert_eq!(again.header("idempotency-replayed"), "true");
    }
}

#[tokio::test]
async fn a_repeated_request_may_wait_for_the_operation_of_the_first() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let path = format!("/v1/apps/{shop}/sandbox");
    let first = keyed(&app, &path, "k", &json!({})).send().await;
    first.expect(202);
    let worker = app.worker();
    let again = keyed(&app, &path, "k", &json!({})).header("prefer", "wait=10");
    let (again, _) = tokio::join!(again.send(), worker.succeed_next());
    assert_eq!(again.expect(201).json["id"], first.json["sandbox_id"]);
    assert_eq!(again.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn a_key_has_1_to_255_characters() {
    let app = TestApp::new().await;
    let body = json!({ "name": "shop" });
    let before = app.fingerprint().await;
    for bad in [String::new(), "k".repeat(256)] {
        keyed(&app, "/v1/apps", &bad, &body).send().await.expect_field("Idempotency-Key");
    }
    assert_eq!(app.fingerprint().await, before);
    keyed(&app, "/v1/apps", &"k".repeat(255), &body).send().await.expect(201);
}

#[tokio::test]
async fn a_hundred_equal_creates_make_one_sandbox() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let path = format!("/v1/apps/{shop}/sandbox");
    let body = json!({ "ports": [3000] });
    let replies = join_all((0..100).map(|_| keyed(&app, &path, "once", &body).send())).await;
    let first = id(&replies[0].expect(202).json, "id");
    assert!(replies.iter().all(|reply| reply.status == 202 && reply.json["id"] == first.as_str()));
    let fresh = replies.iter().filter(|reply| reply.header("idempotency-replayed").is_empty());
    assert_eq!(fresh.count(), 1);
    assert_eq!(app.get("/v1/sandboxes").await.json["sandboxes"].as_array().unwrap().len(), 1);
    let operations = app.get("/v1/operations").await.json;
    assert_eq!(operations["operations"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn of_many_creates_for_an_app_one_is_done_and_the_others_say_why_not() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let path = format!("/v1/apps/{shop}/sandbox");
    let replies = join_all((0..24).map(|_| app.post(&path, json!({})))).await;
    let made: Vec<_> = replies.iter().filter(|reply| reply.status == 202).collect();
    assert_eq!(made.len(), 1);
    let sandbox = id(&made[0].json, "sandbox_id");
    for refused in replies.iter().filter(|reply| reply.status != 202) {
        refused.expect_error(409, "conflict");
        let error = &refused.json["error"];
        assert_eq!(error["details"]["sandbox_id"], sandbox.as_str());
        assert_eq!(error["details"]["status"], "creating");
        assert!(error["message"].as_str().unwrap().contains("delete it first"));
    }
    assert_eq!(app.get("/v1/sandboxes").await.json["sandboxes"].as_array().unwrap().len(), 1);
}
