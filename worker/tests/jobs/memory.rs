//! A process that was killed for lack of memory is told of, whoever hears it and however often.

use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::domain::{Event, Severity};
use sandboxd_shared::ids::AppId;
use sandboxd_worker::runtime::ContainerName;
use sandboxd_worker::sandbox::container_name;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::node::{MEMORY, TestNode};
use crate::trial::{Ground, Trial};

const PAST_A_MINUTE: Duration = Duration::from_secs(61);
const WITHIN_A_MINUTE: Duration = Duration::from_secs(50);
/// Enough for two that hear the same at once to get into each other's way.
const ROUNDS: usize = 20;

fn name(ground: &Ground) -> ContainerName {
    container_name(ground.sandbox.unwrap()).unwrap()
}

impl TestNode {
    async fn told_of_memory(&self, app: AppId) -> Vec<Event> {
        let mut events = self.app_events(app).await;
        events.retain(|event| event.kind == "sandbox.out_of_memory");
        events
    }

    async fn until_told_of_memory(&self, app: AppId, times: usize) {
        self.until(&format!("it is told {times} times"), || async {
            (self.told_of_memory(app).await.len() >= times).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_process_without_memory_is_told_of_once_a_minute_and_the_sandbox_goes_on() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let (ground, other) = (Trial::Stop.prepare(&node).await, Trial::Stop.prepare(&node).await);
    let sandbox = ground.sandbox.unwrap();
    let (name, others) = (name(&ground), name(&other));
    for _ in 0..5 {
        node.engine.kill_child_for_memory(&name);
    }
    node.until_told_of_memory(ground.app, 1).await;
    node.clock.advance(WITHIN_A_MINUTE);
    node.engine.kill_child_for_memory(&name);
    // Events come in order: once this one is told, the one before was heard.
    node.engine.kill_child_for_memory(&others);
    node.until_told_of_memory(other.app, 1).await;
    let told = node.told_of_memory(ground.app).await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!((told[0].severity, told[0].sandbox_id), (Severity::Warning, Some(sandbox)));
    assert_eq!(told[0].payload, json!({ "limit_bytes": MEMORY }));
    assert!(told[0].message.contains("raise its memory limit"), "{}", told[0].message);
    node.assert_running(sandbox).await;

    node.clock.advance(PAST_A_MINUTE - WITHIN_A_MINUTE);
    node.engine.kill_child_for_memory(&name);
    node.until_told_of_memory(ground.app, 2).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_hear_of_it_tell_it_once() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let ground = Trial::Stop.prepare(&node).await;
    worker.stop().await;
    let shutdown = CancellationToken::new();
    let followers =
        [(); 2].map(|()| tokio::spawn(Arc::new(node.reconciler()).run(shutdown.clone())));
    let name = name(&ground);
    for round in 1..=ROUNDS {
        node.until(&format!("it is told {round} times"), || async {
            node.engine.kill_child_for_memory(&name);
            (node.told_of_memory(ground.app).await.len() >= round).then_some(())
        })
        .await;
        if round < ROUNDS {
            node.clock.advance(PAST_A_MINUTE);
        }
    }
    let told = node.told_of_memory(ground.app).await.len();
    assert_eq!(told, ROUNDS, "the clock gave room for no more");
    shutdown.cancel();
    for follower in followers {
        follower.await.unwrap();
    }
}
