//! Captures, forks, compaction and sweeps at the same time on one node.

use crate::kit::Node;
use crate::tree::{self, assert_same};
use sandboxd_worker::workspace::{Chain, Generation};
use std::fs;
use std::sync::Arc;

const FORKS: u32 = 8;
const ROUNDS: u32 = 4;

macro_rules! parallel {
    ($($driver:ident),+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $driver() {
            forks_of_one_snapshot_do_not_see_each_other(Node::$driver().await).await;
        }
    )+};
}
parallel!(overlay, copy);

async fn forks_of_one_snapshot_do_not_see_each_other(node: Node) {
    let mut source = node.fork(&Chain::empty()).await;
    source.change(|root| {
        fs::create_dir(root.join("shared")).unwrap();
        (0..20).for_each(|n| fs::write(root.join(format!("shared/{n}")), "old").unwrap());
    });
    let chain = source.capture().await;
    let before = node.snapshot(&chain).await;
    let raw = tree::read(&node.layer_path(chain.newest().unwrap()));

    let node = Arc::new(node);
    let work =
        (0..FORKS).map(|number| tokio::spawn(fork(Arc::clone(&node), chain.clone(), number)));
    for done in futures::future::join_all(work).await {
        done.unwrap();
    }
    assert_same(&node.snapshot(&chain).await, &before, "the snapshot");
    let now = tree::read(&node.layer_path(chain.newest().unwrap()));
    assert_same(&now, &raw, "its layer");
}

async fn fork(node: Arc<Node>, base: Chain, number: u32) {
    let mut workspace = node.fork(&base).await;
    for round in 0..ROUNDS {
        workspace.change(|root| {
            fs::write(root.join("shared/0"), format!("{number}-{round}")).unwrap();
            let (from, to) = (format!("shared/{}", round + 1), format!("mine{round}"));
            fs::rename(root.join(from), root.join(to)).unwrap();
        });
        tokio::task::yield_now().await;
        workspace.capture().await;
        node.driver.sweep_trash(50).await.unwrap();
    }
    let flat = node.layer();
    node.driver.flatten(&workspace.base, &flat).await.unwrap();
    let merged = Chain::new(vec![flat]).unwrap();
    let found = node.snapshot(&merged).await;
    assert_same(&found, &workspace.tree(), "a flattened fork");
    let mounted = workspace.start();
    let last = fs::read_to_string(mounted.path().join("shared/0")).unwrap();
    assert_eq!(last, format!("{number}-{}", ROUNDS - 1));
    assert_eq!(fs::read_dir(mounted.path().join("shared")).unwrap().count(), 16);
}

/// Two attempts at one job, of which only one holds the lock: the loser must do no harm even so.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_attempts_at_once_leave_one_whole_generation() {
    let node = Node::overlay().await;
    let generation = Generation::new("twice", 1).unwrap();
    let base = Chain::empty();
    let both = tokio::join!(
        node.driver.create(&generation, &base),
        node.driver.create(&generation, &base)
    );
    assert!(both.0.is_ok() || both.1.is_ok(), "{both:?}");
    node.driver.create(&generation, &base).await.unwrap();
    let mount = node.driver.mount(&generation, &base).unwrap();
    fs::write(node.attach(&mount).path().join("file"), "").unwrap();
}
