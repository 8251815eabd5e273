//! Wakes by visitors, as the gateway asks for them.

use sandboxd_api::gateway::{WakeError, Waker};
use sandboxd_api::previews::StoreWaker;
use sandboxd_shared::domain::Quota;
use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test]
async fn a_wake_counts_as_running_and_is_in_the_owners_log() {
    let app = TestApp::new().await;
    let (_, first) = app.stopped().await;
    let (_, second) = app.stopped().await;
    app.limit("alice", &[(Quota::Running, 1)]).await;
    let waker = StoreWaker::start(app.store.clone(), app.shutdown.clone());
    waker.wake(&first.to_lowercase()).await.unwrap();
    // The same wish again joins the start that is under way.
    waker.wake(&first.to_lowercase()).await.unwrap();
    let before = app.fingerprint().await;
    let refused = waker.wake(&second.to_lowercase()).await.unwrap_err();
    assert!(matches!(refused, WakeError::Quota), "{refused}");
    assert_eq!(app.fingerprint().await, before);
    let log = app.get("/v1/audit?actor=preview").await.json;
    let [entry] = &log["audit"].as_array().unwrap()[..] else { panic!("{log}") };
    assert_eq!(entry["action"], "wake_sandbox");
    assert_eq!(entry["targets"]["sandbox_id"], first.as_str());
    assert_eq!((&entry["peer"], &entry["status"]), (&Value::Null, &Value::Null));
    let begun = app.get("/v1/operations?status=queued").await.json;
    assert_eq!(entry["targets"]["operation_id"], begun["operations"][0]["id"]);
    assert_eq!(begun["operations"].as_array().map(Vec::len), Some(1), "{}", json!(begun));
}
