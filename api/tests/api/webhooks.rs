//! Webhooks as their owner sees them. What is sent is the worker's suite.

use std::time::Duration;

use sandboxd_shared::store::webhooks::{self, Ended, Limits};
use serde_json::{Value, json};

use crate::support::{BOB, TestApp, id};

const URL: &str = "https://hooks.example.com/x";
const UNKNOWN: &str = "01JD4X8QK3M5N7P9R1S3T5V7W9";

impl TestApp {
    async fn webhook(&self) -> String {
        let made = self.post("/v1/webhooks", json!({ "url": URL })).await;
        made.expect(201);
        id(&made.json, "id")
    }

    async fn deliveries(&self, webhook: &str) -> Vec<Value> {
        let listed = self.get(&format!("/v1/webhooks/{webhook}/deliveries")).await;
        listed.expect(200).json["deliveries"].as_array().unwrap().clone()
    }

    /// A worker sends what is due, and this comes of it.
    async fn send(&self, ended: Ended) {
        let mut tx = self.store.write().await.unwrap();
        let now = self.store.clock().now();
        let limits = Limits { free: 10, per_webhook: 10, per_owner: 10 };
        let until = now.plus(Duration::from_secs(30));
        for attempt in webhooks::claim(&mut tx, "w1", limits, now, until).await.unwrap() {
            assert!(webhooks::record(&mut tx, &attempt.claim, &ended, now).await.unwrap());
        }
        tx.commit().await.unwrap();
    }
}

fn taken() -> Ended {
    Ended {
        status: sandboxd_shared::domain::DeliveryStatus::Succeeded,
        next: None,
        response_status: Some(200),
        response_excerpt: None,
        error: None,
        duration_ms: 7,
    }
}

#[tokio::test]
async fn a_webhook_shows_its_secret_once() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let body = json!({ "url": URL, "events": ["app.*", "sandbox.started"], "app_id": shop,
        "description": "to the chat" });
    let made = app.post("/v1/webhooks", body).await;
    made.expect(201);
    let webhook = id(&made.json, "id");
    assert_eq!(made.header("location"), format!("/v1/webhooks/{webhook}"));
    let secret = id(&made.json, "secret");
    assert!(secret.starts_with("whsec_") && secret.len() > 40, "{secret}");
    let mut shown = made.json.clone();
    shown.as_object_mut().unwrap().remove("secret");
    assert_eq!(shown["events"], json!(["app.*", "sandbox.started"]));
    assert_eq!((&shown["enabled"], &shown["app_id"]), (&json!(true), &json!(shop)));
    let found = app.get(&format!("/v1/webhooks/{webhook}")).await;
    assert_eq!(found.expect(200).json, shown);
    let listed = app.get("/v1/webhooks").await.json;
    assert_eq!(listed, json!({ "webhooks": [shown] }));

    let rotated = app.post(&format!("/v1/webhooks/{webhook}/rotate-secret"), json!({})).await;
    let fresh = id(&rotated.expect(200).json, "secret");
    assert!(fresh.starts_with("whsec_") && fresh != secret);
    app.delete(&format!("/v1/webhooks/{webhook}")).await.expect(204);
    app.get(&format!("/v1/webhooks/{webhook}")).await.expect_error(404, "not_found");
    assert_eq!(app.get("/v1/webhooks").await.json, json!({ "webhooks": [] }));
}

#[tokio::test]
async fn a_repeated_request_makes_one_webhook_and_keeps_no_secret() {
    let app = TestApp::new().await;
    let ask = || {
        let ask = app.ask("POST", "/v1/webhooks").header("idempotency-key", "k1");
        ask.json(&json!({ "url": URL })).send()
    };
    let (first, second) = (ask().await, ask().await);
    assert!(first.expect(201).json["secret"].is_string());
    assert_eq!(second.expect(201).header("idempotency-replayed"), "true");
    assert_eq!(second.json["id"], first.json["id"]);
    assert!(second.json.get("secret").is_none(), "{}", second.text);
    let mut conn = app.store.read().await.unwrap();
    let kept: String = sqlx::query_scalar("SELECT body FROM idempotency_keys")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert!(!kept.contains("whsec_"));
}

#[tokio::test]
async fn what_a_webhook_can_not_be_is_told_at_once() {
    let app = TestApp::new().await;
    let webhook = app.webhook().await;
    let one = format!("/v1/webhooks/{webhook}");
    for (field, body) in [
        ("url", json!({})),
        ("url", json!({ "url": "example.com" })),
        ("url", json!({ "url": "ftp://example.com/" })),
        ("url", json!({ "url": "https://user:secret@example.com/" })),
        ("url", json!({ "url": "https://example.com/#top" })),
        ("url", json!({ "url": format!("https://example.com/{}", "x".repeat(2_000)) })),
        ("url", json!({ "url": "http://127.0.0.1/" })),
        ("url", json!({ "url": "http://2130706433/" })),
        ("url", json!({ "url": "http://[::1]/" })),
        ("url", json!({ "url": "http://169.254.169.254/latest" })),
        ("url", json!({ "url": "http://localhost:9090/" })),
        ("events", json!({ "url": URL, "events": [] })),
        ("events", json!({ "url": URL, "events": ["nothing.*"] })),
        ("events", json!({ "url": URL, "events": ["app"] })),
        ("events", json!({ "url": URL, "events": "*" })),
        ("app_id", json!({ "url": URL, "app_id": "x" })),
        ("secret", json!({ "url": URL, "secret": "whsec_mine" })),
    ] {
        app.post("/v1/webhooks", body).await.expect_field(field);
    }
    for (field, body) in [
        ("url", json!({ "url": "http://10.0.0.1/" })),
        ("events", json!({ "events": ["x.*"] })),
        ("enabled", json!({ "enabled": "yes" })),
        ("app_id", json!({ "app_id": UNKNOWN })),
    ] {
        app.patch(&one, body).await.expect_field(field);
    }
    let unknown_app = json!({ "url": URL, "app_id": UNKNOWN });
    app.post("/v1/webhooks", unknown_app).await.expect_error(404, "not_found");
    app.get(&format!("{one}/deliveries?status=lost")).await.expect_field("status");
}

#[tokio::test]
async fn a_tenant_has_few_webhooks() {
    let app = TestApp::new().await;
    for _ in 0..20 {
        app.webhook().await;
    }
    let refused = app.post("/v1/webhooks", json!({ "url": URL })).await;
    refused.expect_error(429, "quota_exceeded");
    assert_eq!(refused.header("retry-after"), "30");
    let told = json!({ "quota": "webhooks", "limit": 20, "used": 20, "retry_after_s": 30 });
    assert_eq!(refused.json["error"]["details"], told);
    let page = app.get("/v1/webhooks?limit=15").await.json;
    assert_eq!(page["webhooks"].as_array().unwrap().len(), 15);
    let rest = app.get(&format!("/v1/webhooks?before={}", id(&page, "next_before"))).await.json;
    assert_eq!(rest["webhooks"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn deliveries_are_listed_and_sent_again() {
    let app = TestApp::new().await;
    let webhook = app.webhook().await;
    let shop = app.app("shop").await;
    let waiting = app.deliveries(&webhook).await;
    assert_eq!(waiting.len(), 1);
    let event = &app.get("/v1/events").await.json["events"][0];
    assert_eq!((&waiting[0]["event_id"], &waiting[0]["type"]), (&event["id"], &event["type"]));
    assert_eq!(event["app_id"], shop.as_str());
    assert_eq!((&waiting[0]["status"], &waiting[0]["attempts"]), (&json!("pending"), &json!(0)));
    assert!(waiting[0]["next_attempt_at"].is_string());

    app.send(taken()).await;
    let path = format!("/v1/webhooks/{webhook}/deliveries/{}", id(&waiting[0], "id"));
    let done = app.get(&path).await.expect(200).json.clone();
    assert_eq!((&done["status"], &done["response_status"]), (&json!("succeeded"), &json!(200)));
    assert_eq!((&done["attempts"], &done["duration_ms"]), (&json!(1), &json!(7)));
    assert!(done.get("next_attempt_at").is_none() && done["finished_at"].is_string());

    let again = app.post(&format!("{path}/redeliver"), json!({})).await;
    again.expect(201);
    assert_eq!(again.json["message_id"], done["message_id"]);
    assert_ne!(again.json["id"], done["id"]);
    let found = app.get(again.header("location")).await;
    assert_eq!(found.expect(200).json["status"], "pending");
    let test = app.post(&format!("/v1/webhooks/{webhook}/test"), json!({})).await;
    assert_eq!(test.expect(201).json["type"], "webhook.test");
    let list = format!("/v1/webhooks/{webhook}/deliveries");
    let page = app.get(&format!("{list}?status=pending&limit=1")).await.json;
    assert_eq!(page["deliveries"].as_array().unwrap().len(), 1);
    let rest = app.get(&format!("{list}?before={}", id(&page, "next_before"))).await.json;
    assert_eq!(rest["deliveries"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_disabled_webhook_is_sent_nothing_until_it_is_enabled() {
    let app = TestApp::new().await;
    let webhook = app.webhook().await;
    let one = format!("/v1/webhooks/{webhook}");
    app.app("before").await;
    let off = app.patch(&one, json!({ "enabled": false })).await;
    assert_eq!(off.expect(200).json["disabled_reason"], "user");
    app.app("meanwhile").await;
    let found = app.deliveries(&webhook).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["status"], "cancelled");
    let again = format!("{one}/deliveries/{}/redeliver", id(&found[0], "id"));
    for path in [again.clone(), format!("{one}/test")] {
        let refused = app.post(&path, json!({})).await;
        refused.expect_error(409, "conflict");
        assert_eq!(refused.json["error"]["details"]["disabled_reason"], "user");
    }
    let on = app
        .patch(
            &one,
            json!({ "enabled": true, "events": ["app.created"],
        "url": "https://other.example.com/", "description": null }),
        )
        .await;
    assert_eq!(on.expect(200).json.get("disabled_reason"), None);
    assert_eq!(on.json["url"], "https://other.example.com/");
    let shop = app.app("after").await;
    app.patch(&format!("/v1/apps/{shop}"), json!({ "tags": ["t"] })).await.expect(200);
    assert_eq!(app.deliveries(&webhook).await.len(), 2);
    app.post(&again, json!({})).await.expect(201);
}

#[tokio::test]
async fn a_foreign_webhook_is_as_unknown_as_none() {
    let app = TestApp::new().await;
    let webhook = app.webhook().await;
    app.app("shop").await;
    let delivery = id(&app.deliveries(&webhook).await[0], "id");
    let own = app.ask("POST", "/v1/webhooks").token(BOB).json(&json!({ "url": URL })).send().await;
    let own = id(&own.expect(201).json, "id");
    for (method, path, body) in [
        ("GET", "/v1/webhooks/{}".to_owned(), None),
        ("PATCH", "/v1/webhooks/{}".to_owned(), Some(json!({ "enabled": false }))),
        ("DELETE", "/v1/webhooks/{}".to_owned(), None),
        ("POST", "/v1/webhooks/{}/rotate-secret".to_owned(), Some(json!({}))),
        ("POST", "/v1/webhooks/{}/test".to_owned(), Some(json!({}))),
        ("GET", "/v1/webhooks/{}/deliveries".to_owned(), None),
        ("GET", format!("/v1/webhooks/{{}}/deliveries/{delivery}"), None),
        ("POST", format!("/v1/webhooks/{{}}/deliveries/{delivery}/redeliver"), Some(json!({}))),
    ] {
        let mut texts = Vec::new();
        for id in [webhook.as_str(), UNKNOWN] {
            let mut ask = app.ask(method, &path.replace("{}", id)).token(BOB);
            if let Some(body) = &body {
                ask = ask.json(body);
            }
            let mut reply = ask.send().await;
            reply.expect_error(404, "not_found");
            reply.json["error"]["request_id"] = Value::Null;
            texts.push(reply.json.to_string());
        }
        assert_eq!(texts[0], texts[1], "{method} {path}");
    }
    // A delivery of alice's isn't to be had by a webhook of bob's own.
    let path = format!("/v1/webhooks/{own}/deliveries/{delivery}");
    app.ask("GET", &path).token(BOB).send().await.expect_error(404, "not_found");
    let again = app.ask("POST", &format!("{path}/redeliver")).token(BOB).json(&json!({}));
    again.send().await.expect_error(404, "not_found");
    let heard = app.ask("GET", &format!("/v1/webhooks/{own}/deliveries")).token(BOB).send().await;
    assert_eq!(heard.expect(200).json, json!({ "deliveries": [] }), "bob hears nothing of alice");
    assert_eq!(app.get(&format!("/v1/webhooks/{webhook}")).await.json["enabled"], true);
}
