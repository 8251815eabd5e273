//! Everything of ours is replaced by the next version, one process after the other, as
//! docs/upgrading.md says, while users go on. What runs in sandboxes notices nothing.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::{Method, StatusCode};
use rustix::process::Signal;
use sandboxd_tests::{Client, Process, Settings, Stack, StackOptions};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);
/// How long users go on between two replacements.
const GOES_ON: Duration = Duration::from_millis(1_500);
/// Until a request that nobody answered is sent again.
const PAUSE: Duration = Duration::from_millis(50);

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
}

/// An app with a running sandbox; their ids.
async fn shop(client: &Client) -> (String, String) {
    let app = client.post("/v1/apps", &json!({ "name": "shop" })).await.unwrap();
    let app = text(&app.json(), "id");
    let body = json!({ "template": "static" });
    let made = client.run(Method::POST, &format!("/v1/apps/{app}/sandbox"), Some(&body)).await;
    (app, text(&made.unwrap(), "sandbox_id"))
}

/// Sends a request until somebody answers, with one key, so that it is done once.
async fn insist(client: &Client, method: &Method, path: &str, body: Option<&Value>) -> Value {
    let key = ulid::Ulid::generate().to_string();
    let headers = [("idempotency-key", key.as_str())];
    let until = tokio::time::Instant::now() + LIMIT;
    loop {
        match client.request(method.clone(), path, &headers, body).await {
            Ok(answer) if answer.status.is_success() => return answer.json(),
            Ok(answer) if !answer.status.is_server_error() => panic!("{path}: {}", answer.text()),
            other => {
                let late = tokio::time::Instant::now() >= until;
                assert!(!late, "{path} isn't answered: {other:?}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// One user: captures and restores until told to stop; each must succeed.
async fn use_it(client: Client, app: String, sandbox: String, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::SeqCst) {
        let capture = json!({ "source_sandbox_id": sandbox, "name": "kept", "live": true });
        let captured = insist(&client, &Method::POST, "/v1/snapshots", Some(&capture)).await;
        let snapshot = text(&captured, "snapshot_id");
        end(&client, &text(&captured, "id")).await;
        let restore = json!({ "snapshot_id": snapshot });
        let path = format!("/v1/apps/{app}/restore");
        let restored = insist(&client, &Method::POST, &path, Some(&restore)).await;
        end(&client, &text(&restored, "id")).await;
    }
}

/// Waits until an operation has succeeded.
async fn end(client: &Client, operation: &str) {
    let until = tokio::time::Instant::now() + LIMIT;
    loop {
        let path = format!("/v1/operations/{operation}?wait=10s");
        let found = insist(client, &Method::GET, &path, None).await;
        match found["status"].as_str() {
            Some("succeeded") => return,
            Some("queued" | "running") => {}
            _ => panic!("{found:#}"),
        }
        assert!(tokio::time::Instant::now() < until, "it doesn't end: {found:#}");
    }
}

async fn replace(old: &mut Process) {
    old.signal(Signal::TERM).unwrap();
    assert!(old.wait(LIMIT).await.unwrap().success(), "{} ends well", old.name());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_replaced_under_load_and_nothing_is_lost() {
    let new = Settings::get().bins;
    let options = StackOptions { bins: Some(Settings::previous()), ..StackOptions::default() };
    let mut stack = Stack::start_with(options).await.unwrap();
    let (app, quiet) = shop(&stack.client).await;
    let name = format!("s-{}", quiet.to_lowercase());
    let inspect = ["inspect", "-f", "{{.Id}} {{.State.StartedAt}}", &name];
    let container = stack.docker.run(&inspect);
    let (_, busy) = shop(&stack.client).await;
    let work = json!({ "prompt": "Take your time", "agent": "command",
        "command": ["sh", "-c", "sleep 12; echo done > done.txt"] });
    let path = format!("/v1/sandboxes/{busy}/tasks");
    let task = stack.client.begin(Method::POST, &path, Some(&work)).await.unwrap();

    let stop = Arc::new(AtomicBool::new(false));
    let mut users = Vec::new();
    for _ in 0..2 {
        let (app, sandbox) = shop(&stack.client).await;
        users.push(tokio::spawn(use_it(stack.client.clone(), app, sandbox, Arc::clone(&stop))));
    }
    tokio::time::sleep(GOES_ON).await;

    // The order of docs/upgrading.md. The first worker brings the schema up to date.
    stack.settings.bins = new;
    for _ in 0..2 {
        stack.start_worker(&[]).unwrap();
        tokio::time::sleep(GOES_ON).await;
        replace(&mut stack.workers.remove(0)).await;
    }
    replace(&mut stack.api.take().unwrap()).await;
    stack.start_api().unwrap();
    stack.ready().await.unwrap();
    tokio::time::sleep(GOES_ON).await;
    replace(&mut stack.gateway.take().unwrap()).await;
    stack.start_gateway().unwrap();
    tokio::time::sleep(GOES_ON).await;
    stop.store(true, Ordering::SeqCst);
    for user in users {
        user.await.unwrap();
    }

    let ended = stack.client.ended(&task, LIMIT).await.unwrap();
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
    let task = stack.client.get(&format!("{path}/{}", text(&task, "task_id"))).await.unwrap();
    assert_eq!(task.json()["files_changed"], json!(["done.txt"]), "{}", task.text());
    assert_eq!(stack.docker.run(&inspect), container, "the sandbox never stopped");
    let url = stack.preview_url(&quiet).await.unwrap();
    assert_eq!(stack.client.preview(&url).await.unwrap().status, StatusCode::OK);
    let rows = stack.client.get(&format!("/v1/operations?app_id={app}")).await.unwrap().json();
    assert_eq!(rows["operations"].as_array().unwrap().len(), 1, "its making, and nothing since");
}
