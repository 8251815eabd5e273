//! What goes wrong around sandboxd, on a real engine: it is said clearly, nothing is lost, and it
//! works again afterwards.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use hyper::{Method, StatusCode};
use sandboxd_tests::{EngineSwitch, Settings, Stack, StackOptions};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

async fn create(stack: &Stack) -> (String, String) {
    let app = stack.client.post("/v1/apps", &json!({ "name": "App" })).await.unwrap().json();
    let app = text(&app, "id");
    let body = json!({ "template": "static" });
    let path = format!("/v1/apps/{app}/sandbox");
    let made = stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
    (app, text(&made, "sandbox_id"))
}

async fn begin(stack: &Stack, path: &str, body: Value) -> Value {
    let operation = stack.client.begin(Method::POST, path, Some(&body)).await.unwrap();
    stack.client.ended(&operation, LIMIT).await.unwrap()
}

async fn sandbox(stack: &Stack, id: &str) -> Value {
    stack.client.get(&format!("/v1/sandboxes/{id}")).await.unwrap().json()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_gone_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut switch =
        EngineSwitch::new(&Settings::get().docker, folder.path().join("docker.sock")).unwrap();
    let engine = Some(switch.socket.clone());
    let stack =
        Stack::start_with(StackOptions { engine, ..StackOptions::default() }).await.unwrap();
    let (_, id) = create(&stack).await;
    stack.docker.sh(&id, "echo kept > note");
    stack.client.run(Method::POST, &format!("/v1/sandboxes/{id}/stop"), None).await.unwrap();

    switch.turn_off().await;
    stack
        .until("readyz says so", LIMIT, async |stack| {
            let ready = stack.client.get("/readyz").await?;
            Ok(ready.status == StatusCode::SERVICE_UNAVAILABLE && ready.text().contains("engine"))
        })
        .await
        .unwrap();
    let failed = begin(&stack, &format!("/v1/sandboxes/{id}/start"), json!({})).await;
    assert_eq!(failed["status"], "failed", "{failed:#}");
    assert_eq!(failed["attempt"], 3);
    assert_eq!(failed["error"]["code"], "capacity");
    assert!(text(&failed["error"], "message").contains("Docker"), "{failed:#}");
    let after = sandbox(&stack, &id).await;
    assert_eq!(after["status"], "stopped");
    assert_eq!(after["status_reason"], failed["error"]["message"]);

    switch.turn_on().unwrap();
    stack.ready().await.unwrap();
    stack.client.run(Method::POST, &format!("/v1/sandboxes/{id}/start"), None).await.unwrap();
    assert_eq!(stack.docker.sh(&id, "cat note"), "kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_without_memory_leaves_the_old_workspace_running() {
    let mut stack = Stack::start().await.unwrap();
    let (app, id) = create(&stack).await;
    let body = json!({ "source_sandbox_id": id, "name": "before", "live": true });
    let captured = begin(&stack, "/v1/snapshots", body).await;
    stack.docker.sh(&id, "echo newer > note");
    let name = format!("s-{}", id.to_lowercase());
    let container =
        |stack: &Stack| stack.docker.run(&["inspect", "-f", "{{.Id}} {{.State.Running}}", &name]);
    let running = container(&stack);
    let before = sandbox(&stack, &id).await;

    stack.workers.clear();
    stack.start_worker(&[("SANDBOXD_MEMORY_HEADROOM", "1000t")]).unwrap();
    let restore = json!({ "snapshot_id": captured["snapshot_id"] });
    let failed = begin(&stack, &format!("/v1/apps/{app}/restore"), restore).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["error"]["code"], "capacity");
    let after = sandbox(&stack, &id).await;
    for same in ["status", "generation", "base_snapshot_id"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    assert_eq!(container(&stack), running, "the same container runs on");
    assert_eq!(stack.docker.sh(&id, "cat note"), "newer");
    let listed = stack.client.get(&format!("/v1/apps/{app}/snapshots")).await.unwrap().json();
    assert_eq!(listed["snapshots"].as_array().unwrap().len(), 1, "no safety snapshot: {listed:#}");
}

/// A file system of a few hundred megabytes, taken away when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(megabytes: u32) -> Self {
        let name = ulid::Ulid::generate().to_string().to_lowercase();
        let path = Settings::get().scratch.join(format!("sbxd-{}", &name[18..]));
        std::fs::create_dir(&path).unwrap();
        let size = format!("size={megabytes}m,mode=0700");
        let status =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "small"]).arg(&path).status();
        assert!(status.unwrap().success());
        Self(path)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_a_capture_and_loses_nothing() {
    let disk = SmallDisk::mount(500);
    let data = Some(disk.0.join("data"));
    let stack = Stack::start_with(StackOptions { data, ..StackOptions::default() }).await.unwrap();
    let (_, id) = create(&stack).await;
    stack.docker.sh(&id, "echo kept > note; dd if=/dev/zero of=big bs=1M count=300 2>/dev/null");
    let body = json!({ "source_sandbox_id": id, "name": "full", "live": true });
    let failed = begin(&stack, "/v1/snapshots", body.clone()).await;
    assert_eq!(failed["status"], "failed", "{failed:#}");
    assert_eq!(failed["error"]["code"], "capacity");
    let snapshot = text(&failed, "snapshot_id");
    let found = stack.client.get(&format!("/v1/snapshots/{snapshot}")).await.unwrap().json();
    assert_eq!(found["status"], "failed");
    assert_eq!(sandbox(&stack, &id).await["status"], "running");
    assert_eq!(stack.docker.sh(&id, "rm big; cat note"), "kept");
    let captured = begin(&stack, "/v1/snapshots", body).await;
    assert_eq!(captured["status"], "succeeded", "{captured:#}");
    drop(stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_removed_behind_our_back_heals_on_the_next_visit() {
    let stack = Stack::start().await.unwrap();
    let (app, id) = create(&stack).await;
    stack.docker.sh(&id, "echo kept > note");
    let _ = stack.docker.run(&["rm", "-f", &format!("s-{}", id.to_lowercase())]);
    stack
        .until("it is noticed", Duration::from_secs(10), async |stack| {
            Ok(sandbox(stack, &id).await["status"] == "stopped")
        })
        .await
        .unwrap();
    let url = stack.preview_url(&id).await.unwrap();
    assert_eq!(stack.client.preview(&url).await.unwrap().status, StatusCode::OK);
    assert_eq!(stack.docker.sh(&id, "cat note"), "kept");
    let told = stack.client.events(&format!("/v1/apps/{app}/events")).await.unwrap();
    let told: Vec<String> = told.iter().map(|event| text(event, "type")).collect();
    assert!(told.iter().any(|kind| kind == "sandbox.crashed"), "{told:?}");
    assert_eq!(told.iter().filter(|kind| *kind == "sandbox.started").count(), 1, "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_process_ends_when_it_is_asked_to() {
    let mut stack = Stack::start().await.unwrap();
    let (_, id) = create(&stack).await;
    let url = stack.preview_url(&id).await.unwrap();
    assert_eq!(stack.client.preview(&url).await.unwrap().status, StatusCode::OK);
    let asked = std::time::Instant::now();
    let processes =
        stack.workers.iter_mut().chain(stack.gateway.as_mut()).chain(stack.api.as_mut());
    for process in processes {
        let ended = process.stop().await;
        assert!(
            ended.is_ok_and(|status| status.success()),
            "{}: {}",
            process.name(),
            process.log()
        );
        assert!(!process.log().contains("connections in use"), "{}", process.log());
    }
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_create_leaves_nothing_and_can_be_repeated() {
    let stack = Stack::start().await.unwrap();
    let app = stack.client.post("/v1/apps", &json!({ "name": "App" })).await.unwrap().json();
    let app = text(&app, "id");
    let path = format!("/v1/apps/{app}/sandbox");
    let body = json!({ "template": "react-standard" });
    let operation = stack.client.begin(Method::POST, &path, Some(&body)).await.unwrap();
    let cancel = format!("/v1/operations/{}/cancel", text(&operation, "id"));
    let answer = stack.client.post(&cancel, &json!({})).await.unwrap();
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let ended = stack.client.ended(&operation, LIMIT).await.unwrap();
    assert_eq!(ended["status"], "cancelled", "{ended:#}");
    stack
        .until("nothing is left", Duration::from_secs(20), async |stack| {
            Ok(stack.leftovers()?.is_empty())
        })
        .await
        .unwrap_or_else(|error| panic!("{error}: {:?}", stack.leftovers()));
    stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
}
