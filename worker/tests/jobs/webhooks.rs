//! Webhooks: who is sent what, how it is signed, when it is sent again and when no more.

use std::time::Duration;

use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{DeliveryStatus, DisabledReason, EventType, NewEvent};
use sandboxd_shared::store::{events, webhooks};
use serde_json::{Value, json};

use crate::node::{OWNER, TestNode};
use crate::receiver::{Receiver, Reply, poster};

const HOUR: u64 = 3_600;
/// Seconds between the attempts.
const WAITS: [u64; 9] =
    [5, 300, 1_800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

#[tokio::test]
async fn an_event_is_posted_and_signed() {
    let node = TestNode::new().await;
    let receiver = Receiver::new(Reply::Status(204, "")).await;
    let hook = node.hook(&receiver.url(), &["*"]).await;
    let _courier = node.courier("w1");
    let id = node.happens(EventType::AppCreated).await;
    let done = node
        .delivered(&hook, "it is delivered", |all| all[0].status == DeliveryStatus::Succeeded)
        .await;
    assert_eq!((done.len(), done[0].attempts, done[0].response_status), (1, 1, Some(204)));
    assert_eq!((done[0].event_id, &done[0].error), (Some(id), &None));

    let got = receiver.got();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].target, "/hook?a=b");
    assert_eq!(got[0].id(), id.to_string());
    assert_eq!(got[0].header("content-type"), "application/json");
    assert_eq!(got[0].header("host"), receiver.address.to_string());
    assert!(got[0].is_signed_with(&hook.secret));
    let at: i64 = got[0].header("webhook-timestamp").parse().unwrap();
    assert!((node.clock.now().0 / 1000 - at).abs() <= 20);
    let body: Value = serde_json::from_str(&got[0].body).unwrap();
    assert_eq!(body["type"], "app.created");
    assert_eq!(body["timestamp"], body["data"]["created_at"]);
    assert_eq!(body["data"]["id"], id.to_string());
}

#[tokio::test]
async fn only_what_is_wanted_and_committed_is_written() {
    let node = TestNode::new().await;
    let (shop, other) = (node.app("shop").await, node.app("other").await);
    let url = "http://127.0.0.1:9/";
    let apps = node.hook(url, &["app.*"]).await;
    let one = node.hook(url, &["sandbox.started"]).await;
    let of_shop = node.hook_of(OWNER, url, &["*"], Some(shop)).await;
    let off = node.hook(url, &["*"]).await;
    let mut tx = node.store.write().await.unwrap();
    webhooks::disable(&mut tx, off.id, DisabledReason::User, node.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let bob = node.hook_of("bob", url, &["*"], None).await;
    for app in [shop, other] {
        node.tell(NewEvent::new(OWNER, EventType::AppUpdated).app(app)).await;
        node.tell(NewEvent::new(OWNER, EventType::SandboxStarted).app(app)).await;
    }
    let mut tx = node.store.write().await.unwrap();
    let taken_back = NewEvent::new(OWNER, EventType::AppUpdated).app(shop);
    events::append(&mut tx, &taken_back, node.clock.now()).await.unwrap();
    tx.rollback().await.unwrap();
    let mut counts = Vec::new();
    for hook in [&apps, &one, &of_shop, &off, &bob] {
        counts.push(node.deliveries(hook).await.len());
    }
    assert_eq!(counts, [2, 2, 2, 0, 0]);
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_on_schedule_and_then_given_up() {
    let node = TestNode::new().await;
    let receiver = Receiver::new(Reply::Status(500, "out of \u{7}order")).await;
    let hook = node.hook(&receiver.url(), &["app.*"]).await;
    let _courier = node.courier("w1");
    let id = node.happens(EventType::AppCreated).await;
    for (index, wait) in WAITS.into_iter().enumerate() {
        let attempts = i64::try_from(index).unwrap() + 1;
        let found = node
            .delivered(&hook, "the attempt is written down", |all| {
                all[0].attempts == attempts
                    && all[0].response_status.is_some()
                    && all[0].next_attempt_at.is_some_and(|at| {
                        at.0 - all[0].attempted_at.unwrap().0 >= i64::try_from(wait).unwrap() * 1000
                    })
            })
            .await;
        let next = found[0].next_attempt_at.unwrap();
        let waits = next.millis_since(found[0].attempted_at.unwrap());
        let least = i64::try_from(wait).unwrap() * 1000;
        assert!((least..=least + least / 10).contains(&waits), "attempt {attempts}: {waits} ms");
        assert_eq!(found[0].status, DeliveryStatus::Pending);
        assert_eq!(found[0].response_excerpt.as_deref(), Some("out of  order"));
        node.clock.reach(next);
    }
    let failed =
        node.delivered(&hook, "it has failed", |all| all[0].status == DeliveryStatus::Failed).await;
    assert_eq!((failed[0].attempts, failed[0].next_attempt_at), (10, None));
    let got = receiver.got();
    assert_eq!(got.len(), 10);
    assert!(got.iter().all(|one| one.id() == id.to_string() && one.body == got[0].body));
    let row = node.find_hook(&hook).await;
    assert!(row.enabled && row.failing_since.is_some(), "three days are not five");

    // What fails for five days is disabled, and what waits for it is cancelled.
    node.clock.advance(Duration::from_secs(48 * HOUR));
    node.happens(EventType::AppCreated).await;
    node.until("the webhook is disabled", || async {
        (!node.find_hook(&hook).await.enabled).then_some(())
    })
    .await;
    assert_eq!(node.find_hook(&hook).await.disabled_reason, Some(DisabledReason::Failing));
    let statuses: Vec<_> = node.deliveries(&hook).await.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [DeliveryStatus::Failed, DeliveryStatus::Cancelled]);
    assert_eq!(disabled(&node).await, [json!({ "webhook_id": hook.id, "reason": "failing" })]);
}

/// The payloads of alice's `webhook.disabled`.
async fn disabled(node: &TestNode) -> Vec<Value> {
    let mut conn = node.store.read().await.unwrap();
    let window = events::Window::After(None);
    let all = events::list(&mut conn, OWNER, &events::Filter::default(), window, 1_000).await;
    let all = all.unwrap().into_iter().filter(|event| event.kind == "webhook.disabled");
    all.map(|event| event.payload).collect()
}

#[tokio::test]
async fn a_success_forgives_what_failed_before() {
    let node = TestNode::new().await;
    let receiver = Receiver::new(Reply::Status(200, "")).await;
    receiver.then(Reply::Status(503, ""));
    let hook = node.hook(&receiver.url(), &["*"]).await;
    let _courier = node.courier("w1");
    node.happens(EventType::AppCreated).await;
    let found = node
        .delivered(&hook, "it has failed once", |all| all[0].response_status == Some(503))
        .await;
    assert!(node.find_hook(&hook).await.failing_since.is_some());
    node.clock.reach(found[0].next_attempt_at.unwrap());
    node.delivered(&hook, "it is taken", |all| all[0].status == DeliveryStatus::Succeeded).await;
    assert_eq!(node.find_hook(&hook).await.failing_since, None);
}

#[tokio::test]
async fn gone_disables_the_webhook_and_the_others_hear_of_it() {
    let node = TestNode::new().await;
    let (gone, other) =
        (Receiver::new(Reply::Status(410, "")).await, Receiver::new(Reply::Status(200, "")).await);
    let hook = node.hook(&gone.url(), &["*"]).await;
    let watching = node.hook(&other.url(), &["webhook.*"]).await;
    let _courier = node.courier("w1");
    node.happens(EventType::AppCreated).await;
    node.delivered(&watching, "it is told", |all| {
        all.first().is_some_and(|one| one.status == DeliveryStatus::Succeeded)
    })
    .await;
    let row = node.find_hook(&hook).await;
    assert_eq!((row.enabled, row.disabled_reason), (false, Some(DisabledReason::Gone)));
    let body: Value = serde_json::from_str(&other.got()[0].body).unwrap();
    assert_eq!(body["data"]["payload"], json!({ "webhook_id": hook.id, "reason": "gone" }));
    node.happens(EventType::AppCreated).await;
    assert_eq!(node.deliveries(&hook).await.len(), 1, "it is sent nothing any more");
    assert_eq!(gone.got().len(), 1);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let node = TestNode::new().await;
    let secret = Receiver::new(Reply::Status(200, "")).await;
    let receiver = Receiver::new(Reply::Redirect(secret.url())).await;
    let hook = node.hook(&receiver.url(), &["*"]).await;
    let _courier = node.courier("w1");
    node.happens(EventType::AppCreated).await;
    let found =
        node.delivered(&hook, "it has failed", |all| all[0].response_status == Some(302)).await;
    assert!(found[0].error.as_ref().unwrap().contains("redirects are not followed"));
    assert!(secret.got().is_empty());
}

#[tokio::test]
async fn a_receiver_that_hangs_is_left_and_holds_nobody_up() {
    let node = TestNode::new().await;
    let slow = Receiver::new(Reply::Hang).await;
    let quick = Receiver::new(Reply::Status(200, "")).await;
    let hanging = node.hook(&slow.url(), &["*"]).await;
    let hook = node.hook(&quick.url(), &["*"]).await;
    let _courier = node.courier_with("w1", poster(&node.keys).with_limit(Duration::from_secs(2)));
    for _ in 0..12 {
        node.happens(EventType::AppUpdated).await;
    }
    node.delivered(&hook, "all are delivered", |all| {
        all.iter().all(|one| one.status == DeliveryStatus::Succeeded)
    })
    .await;
    assert_eq!(quick.got().len(), 12);
    assert!(slow.most_open() <= 4 && slow.got().len() <= 8, "few are on their way to it");
    let found = node
        .delivered(&hanging, "it is left", |all| all.iter().any(|one| one.error.is_some()))
        .await;
    let left = found.iter().find(|one| one.error.is_some()).unwrap();
    assert!(left.error.as_ref().unwrap().starts_with("no answer within"));
}

#[tokio::test]
async fn one_that_is_disabled_meanwhile_stays_as_it_was_settled() {
    let node = TestNode::new().await;
    let receiver = Receiver::new(Reply::Hang).await;
    let hook = node.hook(&receiver.url(), &["*"]).await;
    let _courier =
        node.courier_with("w1", poster(&node.keys).with_limit(Duration::from_millis(500)));
    node.happens(EventType::AppCreated).await;
    node.until("it is on its way", || async { (!receiver.got().is_empty()).then_some(()) }).await;
    let mut tx = node.store.write().await.unwrap();
    let now = node.clock.now();
    webhooks::disable(&mut tx, hook.id, DisabledReason::User, now).await.unwrap();
    assert_eq!(webhooks::cancel_waiting(&mut tx, hook.id, now).await.unwrap(), 1);
    tx.commit().await.unwrap();
    // The attempt ends, and another message comes and goes: what was cancelled is cancelled.
    let other = Receiver::new(Reply::Status(200, "")).await;
    let next = node.hook(&other.url(), &["*"]).await;
    node.until("the attempt ends", || async { (receiver.open() == 0).then_some(()) }).await;
    node.happens(EventType::AppCreated).await;
    node.delivered(&next, "the next is sent", |all| all[0].status == DeliveryStatus::Succeeded)
        .await;
    let found = node.deliveries(&hook).await;
    assert_eq!((found[0].status, found[0].error.clone()), (DeliveryStatus::Cancelled, None));
    assert_eq!(node.find_hook(&hook).await.failing_since, None);
}

#[tokio::test]
async fn the_secret_of_before_signs_too_until_its_time() {
    let node = TestNode::new().await;
    let receiver = Receiver::new(Reply::Status(200, "")).await;
    let hook = node.hook(&receiver.url(), &["*"]).await;
    let fresh = sandboxd_shared::webhooks::WebhookSecret::generate().unwrap();
    let (now, day) = (node.clock.now(), Duration::from_secs(24 * HOUR));
    let mut tx = node.store.write().await.unwrap();
    let sealed = fresh.seal(&node.keys.ring().unwrap(), hook.id).unwrap();
    webhooks::secrets::give(&mut tx, hook.id, &sealed, now.plus(day)).await.unwrap();
    tx.commit().await.unwrap();
    let _courier = node.courier("w1");
    for sent in 1..=2 {
        node.happens(EventType::AppCreated).await;
        node.until("it is sent", || async { (receiver.got().len() == sent).then_some(()) }).await;
        node.clock.advance(day);
    }
    let got = receiver.got();
    assert!(got[0].is_signed_with(&fresh) && got[0].is_signed_with(&hook.secret));
    assert!(got[1].is_signed_with(&fresh) && !got[1].is_signed_with(&hook.secret));
}
