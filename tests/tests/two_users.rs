//! API and gateway as a user of their own beside workers that are root, as an installation has them:
//! whoever comes first, all can use what is shared, and that user sees no workspace.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;
use std::time::Duration;

use hyper::{Method, StatusCode};
use sandboxd_tests::{Stack, StackOptions};
use serde_json::{Value, json};

const USER: u32 = 4242;

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

/// Waits until a worker has made everything that it makes by itself.
async fn worker_first() -> Stack {
    let options = StackOptions { front_user: Some(USER), ..StackOptions::default() };
    let mut stack = Stack::prepare(options).unwrap();
    stack.start_worker(&[]).unwrap();
    let socket = stack.data.join("run/node");
    let made =
        async |_: &Stack| Ok(fs::read_dir(&socket).is_ok_and(|mut found| found.next().is_some()));
    stack.until("a worker's socket", Duration::from_secs(30), made).await.unwrap();
    stack.start_api().unwrap();
    stack.start_gateway().unwrap();
    stack.start_worker(&[]).unwrap();
    stack.ready().await.unwrap();
    stack
}

async fn sandbox(stack: &Stack) -> (String, String) {
    let app = stack.client.post("/v1/apps", &json!({ "name": "Shop" })).await.unwrap().json();
    let app = text(&app, "id");
    let body = json!({ "template": "static" });
    let path = format!("/v1/apps/{app}/sandbox");
    let made = stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
    (app, text(&made, "sandbox_id"))
}

#[tokio::test(flavor = "multi_thread")]
async fn root_comes_first_and_the_other_user_has_its_share() {
    let stack = worker_first().await;
    let (app, sandbox) = sandbox(&stack).await;

    // The socket of a node service, bells both ways, the wake by the gateway.
    let file = format!("/v1/sandboxes/{sandbox}/files/content?path=note.txt");
    let written = stack.client.put(&file, "kept").await.unwrap();
    assert!(written.status.is_success(), "{}", written.text());
    stack.client.run(Method::POST, &format!("/v1/sandboxes/{sandbox}/stop"), None).await.unwrap();
    assert_eq!(stack.client.get(&file).await.unwrap().text(), "kept");
    let url = stack.preview_url(&sandbox).await.unwrap();
    assert_eq!(stack.client.preview(&url).await.unwrap().status, StatusCode::OK);

    // Root rotates the keys; the API, which isn't, seals and opens with the new ones.
    let config = format!("/v1/apps/{app}/config");
    let secret = json!({ "key": "A", "value": "sealed", "sensitive": true });
    assert_eq!(stack.client.post(&config, &secret).await.unwrap().status, StatusCode::CREATED);
    let rotated = Command::new(stack.settings.bins.join("sandboxd-api"))
        .args(["admin", "rotate-key"])
        .env("SANDBOXD_DATA_DIR", &stack.data)
        .output()
        .unwrap();
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    let secret = json!({ "key": "B", "value": "sealed", "sensitive": true });
    assert_eq!(stack.client.post(&config, &secret).await.unwrap().status, StatusCode::CREATED);

    for shared in ["sandboxd.db", "sandboxd.db-wal", "sandboxd.db-shm", "run/bells", "run/node"] {
        assert_eq!(fs::metadata(stack.data.join(shared)).unwrap().uid(), USER, "{shared}");
    }
    for key in ["secrets.key", "preview.key"] {
        let found = fs::metadata(stack.data.join(key)).unwrap();
        assert_eq!((found.uid(), found.permissions().mode() & 0o077), (USER, 0), "{key}");
    }
    for own in ["w", "l", "run/locks", "run/workers"] {
        let found = fs::metadata(stack.data.join(own)).unwrap();
        assert_eq!((found.uid(), found.permissions().mode() & 0o077), (0, 0), "{own} is root's");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_crosses_users_at_once() {
    let stack = worker_first().await;
    let (_, sandbox) = sandbox(&stack).await;
    // Without bells an operation waits for a worker's look every 500 ms, and so does its end.
    let mut waits = Vec::new();
    for verb in ["stop", "start", "stop", "start"] {
        let path = format!("/v1/sandboxes/{sandbox}/{verb}");
        let ended = stack.client.run(Method::POST, &path, None).await.unwrap();
        waits.push(ended["queue_ms"].as_u64().unwrap());
    }

    assert!(waits.iter().all(|wait| *wait < 250), "{waits:?} ms");
}
