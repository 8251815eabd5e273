//! Sessions with stopped sandboxes end with their worker, and for an operation.

use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use hyper::Method;
use serde_json::Value;

use crate::ground::{Ground, LIMIT};

/// How long a start may take with a session in its way.
const START_LIMIT: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_leaves_nothing_of_a_session() {
    let mut ground = Ground::new().await;
    ground.sh("head -c 20000000 /dev/urandom > big").await;
    ground.act("stop").await;
    let export = ground.path("export");
    let slow = ground.stack.client.open(Method::GET, &export, &[], &Value::Null).await.unwrap();
    assert_eq!(ground.sessions().len(), 1, "a session waits for its client");
    for worker in &mut ground.stack.workers {
        worker.kill().unwrap();
    }
    let until = Instant::now() + LIMIT;
    while !ground.sessions().is_empty() {
        assert!(Instant::now() < until, "the session outlives its worker");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(slow.into_body().collect().await.is_err(), "half an export is no export");
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
    assert!(!mounts.contains(&ground.stack.data.display().to_string()), "{mounts}");
    ground.stack.workers.clear();
    ground.stack.start_worker(&[]).unwrap();
    ground.act("start").await;
    assert_eq!(ground.sh("stat -c %s big").await, "20000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_holds_up_no_operation() {
    let ground = Ground::new().await;
    ground.sh("head -c 20000000 /dev/urandom > big").await;
    ground.act("stop").await;
    let path = ground.path("files/content?path=big");
    let slow = ground.stack.client.open(Method::GET, &path, &[], &Value::Null).await.unwrap();
    assert_eq!(ground.sessions().len(), 1);
    let begun = Instant::now();
    ground.act("start").await;
    let took = begun.elapsed();
    println!("a start with a session in the way: {took:?}");
    assert!(took < START_LIMIT, "{took:?}");
    assert!(slow.into_body().collect().await.is_err(), "half a file is no file");
    assert_eq!(ground.sh("stat -c %s big").await, "20000000");
}
