//! What a worker finds of its node, healthy and not.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::node::{Finding, Severity};
use sandboxd_worker::doctor::Doctor;
use sandboxd_worker::runtime::{Runtime, VolumeName};
use sandboxd_worker::sandbox::container_name;

use crate::node::TestNode;
use crate::trial::Trial;

async fn examine(node: &TestNode) -> Vec<Finding> {
    let capacity = Arc::clone(&node.capacity) as _;
    Doctor::new(node.containers(), capacity, node.data().clone()).examine().await
}

/// What is said of `check`, if it isn't that all is well.
fn wrong<'a>(found: &'a [Finding], check: &str) -> Vec<(Severity, &'a str)> {
    found
        .iter()
        .filter(|finding| finding.check == check && finding.severity != Severity::Ok)
        .inspect(|finding| assert!(finding.advice.is_some(), "{finding:?}"))
        .map(|finding| (finding.severity, finding.message.as_str()))
        .collect()
}

fn only(found: &[Finding], check: &str, severity: Severity, words: &[&str]) {
    let said = wrong(found, check);
    let [(found_severity, message)] = &said[..] else { panic!("{check}: {said:?}") };
    assert_eq!(*found_severity, severity, "{message}");
    assert!(words.iter().all(|word| message.contains(word)), "{message}");
}

#[tokio::test]
async fn a_healthy_node_is_found_so_over_its_service() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    Trial::CaptureLive.prepare(&node).await;
    Trial::RestoreStopped.prepare(&node).await;
    let reply = node.ask(&worker, "GET", "/doctor", "").await;
    assert_eq!(reply.status, 200);
    let found: Vec<Finding> = serde_json::from_slice(&reply.body).unwrap();
    for check in ["engine", "storage", "orphans"] {
        assert_eq!(wrong(&found, check), [], "{found:#?}");
        assert!(found.iter().any(|finding| finding.check == check), "{check} is looked at");
    }
    // The suite has no firewall.
    only(&found, "network", Severity::Warning, &["SANDBOXD_FIREWALL"]);
    worker.stop().await;
}

#[tokio::test]
async fn an_engine_that_is_down_and_a_full_disk_are_found() {
    let node = TestNode::new().await;
    node.engine.set_down(true);
    node.capacity.no_disk.store(true, Ordering::SeqCst);
    let found = examine(&node).await;
    only(&found, "engine", Severity::Error, &["doesn't answer"]);
    only(&found, "disk", Severity::Error, &["nearly full"]);
    // It can't be known, which is said.
    only(&found, "orphans", Severity::Error, &["could not be looked at"]);
}

#[tokio::test]
async fn what_rows_and_node_don_t_agree_on_is_found() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::CaptureDead.prepare(&node).await;
    let dead = ground.sandbox.unwrap();
    node.start(dead).await;
    let stopped = Trial::RestoreStopped.prepare(&node).await.sandbox.unwrap();
    worker.stop().await;
    assert_eq!(wrong(&examine(&node).await, "orphans"), []);

    node.engine.remove_by_hand(&container_name(dead).unwrap());
    only(&examine(&node).await, "orphans", Severity::Error, &["no live container"]);
    node.reconcile().await;
    assert_eq!(wrong(&examine(&node).await, "orphans"), []);

    // Of a sandbox that ended by itself the container is left for a moment.
    let worker = node.worker().await;
    node.start(dead).await;
    worker.stop().await;
    let name = container_name(dead).unwrap();
    node.engine.kill(&name, 1);
    node.reconcile().await;
    let found = examine(&node).await;
    let left = wrong(&found, "orphans");
    assert!(left.iter().any(|(_, said)| said.contains(name.as_str())), "{left:?}");
    node.reconcile().await;
    assert_eq!(wrong(&examine(&node).await, "orphans"), []);

    let stranger = SandboxId::generate();
    let volume = VolumeName::new(format!("s-{}-g1", stranger.lower())).unwrap();
    let options = [("type".to_owned(), "tmpfs".to_owned())].into();
    node.runtime().create_volume(&volume, &options, &stranger.to_string()).await.unwrap();
    only(&examine(&node).await, "orphans", Severity::Warning, &["volume", volume.as_str()]);
    node.runtime().remove_volume(&volume).await.unwrap();

    let layer = node.generation(stopped).await.base_layer_id.unwrap();
    let (place, away) = (node.data().join("l").join(&layer), node.data().join("away"));
    fs::rename(&place, &away).unwrap();
    only(&examine(&node).await, "orphans", Severity::Error, &["layer", &layer]);
    fs::rename(&away, &place).unwrap();

    let number = node.generation(stopped).await.number;
    let place = node.data().join(format!("w/{}/g{number}", stopped.lower()));
    fs::rename(&place, &away).unwrap();
    only(&examine(&node).await, "orphans", Severity::Error, &["workspace", &stopped.to_string()]);
    fs::rename(&away, &place).unwrap();
    assert_eq!(wrong(&examine(&node).await, "orphans"), []);
}
