//! Webhooks between workers that die or race, and in a network that is not to be trusted.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{DeliveryStatus, EventType};
use sandboxd_shared::store::{events, webhooks};
use sandboxd_worker::failpoint::{Action, arm, pending};
use sandboxd_worker::webhooks::{Dialer, Poster, Resolve, SystemResolver};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::node::TestNode;
use crate::receiver::{Receiver, Reply};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_race_send_each_message_once_and_in_order_by_and_large() {
    const MESSAGES: usize = 60;
    let node = TestNode::new().await;
    let receiver = Receiver::new(Reply::Status(200, "")).await;
    let hook = node.hook(&receiver.url(), &["*"]).await;
    let workers = [node.worker().await, node.worker().await, node.worker().await];
    for _ in 0..MESSAGES {
        node.happens(EventType::AppUpdated).await;
    }
    node.delivered(&hook, "all are delivered", |all| {
        all.iter().all(|one| one.status == DeliveryStatus::Succeeded)
    })
    .await;
    let ids: Vec<String> = receiver.got().iter().map(crate::receiver::Got::id).collect();
    assert_eq!(ids.len(), MESSAGES, "none twice");
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), MESSAGES);
    assert!(receiver.most_open() <= 4);
    for worker in workers {
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_worker_that_dies_after_sending_leaves_it_to_another_with_the_same_id() {
    let node = TestNode::alone().await;
    let receiver = Receiver::new(Reply::Status(200, "")).await;
    let hook = node.hook(&receiver.url(), &["*"]).await;
    arm("webhook.sent", Action::Error);
    let worker = node.worker().await;
    node.happens(EventType::AppCreated).await;
    node.until("it was sent and not written down", || async {
        (receiver.got().len() == 1 && pending().is_empty()).then_some(())
    })
    .await;
    worker.kill().await;
    let left = node.deliveries(&hook).await;
    assert_eq!((left[0].status, left[0].attempts), (DeliveryStatus::Pending, 1));
    let worker = node.worker().await;
    node.clock.advance(Duration::from_secs(31));
    let done = node
        .delivered(&hook, "it is sent again", |all| all[0].status == DeliveryStatus::Succeeded)
        .await;
    assert_eq!(done[0].attempts, 2);
    let got = receiver.got();
    assert_eq!(got.len(), 2);
    assert_eq!((got[0].id(), &got[0].body), (got[1].id(), &got[1].body));
    worker.stop().await;
}

#[tokio::test]
async fn what_retention_takes_off_the_timeline_is_still_sent() {
    let node = TestNode::new().await;
    let receiver = Receiver::new(Reply::Status(500, "")).await;
    let hook = node.hook(&receiver.url(), &["*"]).await;
    let courier = node.courier("w1");
    let id = node.happens(EventType::AppCreated).await;
    node.delivered(&hook, "it has failed once", |all| all[0].response_status.is_some()).await;
    drop(courier);
    node.happens(EventType::AppUpdated).await;
    node.clock.advance(Duration::from_secs(3_600));
    let mut reconciler = node.reconciler();
    reconciler.retention = Some(Duration::from_secs(60));
    // The newest stays.
    node.happens(EventType::AppUpdated).await;
    reconciler.once().await.unwrap();
    let mut conn = node.store.read().await.unwrap();
    let window = events::Window::After(None);
    let filter = events::Filter::default();
    let left = events::list(&mut conn, "alice", &filter, window, 10).await.unwrap();
    assert_eq!(left.len(), 1);
    assert!(events::pruned_through(&mut conn).await.unwrap().is_some_and(|pruned| pruned > id));
    drop(conn);
    receiver.otherwise(Reply::Status(200, ""));
    let _courier = node.courier("w2");
    let is_done = |one: &sandboxd_shared::domain::Delivery| one.status == DeliveryStatus::Succeeded;
    node.delivered(&hook, "all are sent", |all| all.len() == 3 && all.iter().all(is_done)).await;
    assert!(receiver.got().iter().any(|got| got.id() == id.to_string()));

    node.clock.advance(Duration::from_secs(3_600));
    reconciler.once().await.unwrap();
    assert!(node.deliveries(&hook).await.is_empty(), "the log has an end, too");
}

#[tokio::test]
async fn a_redelivery_is_the_same_message_and_a_test_is_tried_once() {
    let node = TestNode::new().await;
    let receiver = Receiver::new(Reply::Status(200, "")).await;
    let hook = node.hook(&receiver.url(), &["app.*"]).await;
    let _courier = node.courier("w1");
    node.happens(EventType::AppCreated).await;
    let first =
        node.delivered(&hook, "it is sent", |all| all[0].status == DeliveryStatus::Succeeded).await;
    let row = node.find_hook(&hook).await;
    let mut tx = node.store.write().await.unwrap();
    webhooks::redeliver(&mut tx, first[0].id, node.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    node.until("it is sent again", || async { (receiver.got().len() == 2).then_some(()) }).await;
    let got = receiver.got();
    assert_eq!((got[0].id(), &got[0].body), (got[1].id(), &got[1].body));

    receiver.otherwise(Reply::Status(500, "no"));
    let mut tx = node.store.write().await.unwrap();
    let test = webhooks::try_out(&mut tx, &row, node.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let all = node
        .delivered(&hook, "the trial has failed", |all| {
            all.iter().any(|one| one.status == DeliveryStatus::Failed)
        })
        .await;
    let tried = all.iter().find(|one| one.id == test).unwrap();
    assert_eq!((tried.attempts, tried.kind.as_str()), (1, "webhook.test"));
    assert_eq!(tried.response_excerpt.as_deref(), Some("no"));
    assert_eq!(node.find_hook(&hook).await.failing_since, None);
}

/// Gives an address, and another one when it is asked again.
#[derive(Debug)]
struct Rebinding {
    first: Vec<SocketAddr>,
    asked: AtomicUsize,
}

#[async_trait]
impl Resolve for Rebinding {
    async fn resolve(&self, _: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        match self.asked.fetch_add(1, Ordering::SeqCst) {
            0 => Ok(self.first.clone()),
            _ => Ok(vec![SocketAddr::new("127.0.0.1".parse().unwrap(), port)]),
        }
    }
}

#[tokio::test]
async fn nothing_goes_to_a_private_address_by_any_name() {
    let node = TestNode::new().await;
    let receiver = Receiver::new(Reply::Status(200, "")).await;
    let port = receiver.address.port();
    let poster =
        Poster::new(Dialer::new(Arc::new(SystemResolver), None, false).unwrap(), node.keys.clone());
    let _courier = node.courier_with("w1", poster);
    for host in ["127.0.0.1", "localhost", "2130706433", "0.0.0.0", "[::ffff:127.0.0.1]"] {
        let hook = node.hook(&format!("http://{host}:{port}/"), &["*"]).await;
        node.happens(EventType::AppCreated).await;
        let found = node.delivered(&hook, "it is refused", |all| all[0].error.is_some()).await;
        assert!(found[0].error.as_ref().unwrap().contains("private"), "{host}: {found:?}");
    }
    assert!(receiver.got().is_empty());
}

#[tokio::test]
async fn what_was_looked_up_and_checked_is_what_is_connected_to() {
    let node = TestNode::new().await;
    let (right, wrong) =
        (Receiver::new(Reply::Status(200, "")).await, Receiver::new(Reply::Status(200, "")).await);
    let resolver = Arc::new(Rebinding { first: vec![right.address], asked: AtomicUsize::new(0) });
    let dialer = Dialer::new(Arc::clone(&resolver) as _, None, true).unwrap();
    let url = format!("http://hooks.example.com:{}/", wrong.address.port());
    let hook = node.hook(&url, &["*"]).await;
    let _courier = node.courier_with("w1", Poster::new(dialer, node.keys.clone()));
    node.happens(EventType::AppCreated).await;
    node.delivered(&hook, "it is sent", |all| all[0].status == DeliveryStatus::Succeeded).await;
    assert_eq!(resolver.asked.load(Ordering::SeqCst), 1);
    assert_eq!((right.got().len(), wrong.got().len()), (1, 0));
    let host = format!("hooks.example.com:{}", wrong.address.port());
    assert_eq!(right.got()[0].header("host"), host);
}

#[tokio::test]
async fn a_receivers_certificate_is_checked() {
    let node = TestNode::new().await;
    let key = rcgen::generate_simple_self_signed(["hooks.example.com".to_owned()]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(
        tokio_rustls::rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(
        vec![key.cert.der().clone()],
        PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap(),
    )
    .unwrap();
    let receiver = Receiver::with_tls(TlsAcceptor::from(Arc::new(config))).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), key.cert.pem()).unwrap();
    let poster = |ca_file| {
        let first = vec![receiver.address; 1];
        let resolver = Arc::new(Rebinding { first, asked: AtomicUsize::new(0) });
        Poster::new(Dialer::new(resolver, ca_file, true).unwrap(), node.keys.clone())
    };
    let hook = node.hook("https://hooks.example.com/x", &["*"]).await;
    let courier = node.courier_with("w1", poster(None));
    node.happens(EventType::AppCreated).await;
    let found = node.delivered(&hook, "it is refused", |all| all[0].error.is_some()).await;
    assert!(found[0].error.as_ref().unwrap().starts_with("no TLS connection"), "{found:?}");
    drop(courier);
    assert!(receiver.got().is_empty());

    let _courier = node.courier_with("w2", poster(Some(file.path())));
    node.clock.reach(found[0].next_attempt_at.unwrap());
    node.delivered(&hook, "it is sent", |all| all[0].status == DeliveryStatus::Succeeded).await;
    assert_eq!(receiver.got()[0].target, "/x");
}
