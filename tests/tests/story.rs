//! The main story, as a user plays it, on a real engine: app → sandbox → preview → capture →
//! restore → fork → wake → delete.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

use std::collections::HashMap;
use std::time::Duration;

use hyper::{Method, StatusCode};
use sandboxd_tests::Stack;
use serde_json::{Value, json};

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

/// An app with a running sandbox; the ids of both.
async fn app_with_sandbox(stack: &Stack, name: &str, template: &str) -> (String, String) {
    let app = stack.client.post("/v1/apps", &json!({ "name": name })).await.unwrap();
    assert_eq!(app.status, StatusCode::CREATED, "{}", app.text());
    let app = text(&app.json(), "id");
    let made = stack
        .client
        .run(
            Method::POST,
            &format!("/v1/apps/{app}/sandbox"),
            Some(&json!({ "template": template })),
        )
        .await
        .unwrap();
    let sandbox = text(&made, "sandbox_id");
    (app, sandbox)
}

async fn preview_answers(stack: &Stack, sandbox: &str) -> String {
    let url = stack.preview_url(sandbox).await.unwrap();
    let answer = stack.client.preview(&url).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK, "{url}: {}\n{}", answer.text(), stack.logs());
    answer.text()
}

/// The worker's own probe finds the preview answering, too.
async fn probed(stack: &Stack, sandbox: &str) {
    let path = format!("/v1/sandboxes/{sandbox}");
    stack
        .until("the probe finds the preview ready", Duration::from_secs(15), async |stack| {
            let preview = stack.client.get(&path).await?.json()["preview"].clone();
            Ok(preview["status"] == "ready" && preview["last_http_status"] == 200)
        })
        .await
        .unwrap();
}

async fn capture(stack: &Stack, sandbox: &str, name: &str, live: bool) -> Value {
    let body = json!({ "source_sandbox_id": sandbox, "name": name, "live": live });
    let ended = stack.client.run(Method::POST, "/v1/snapshots", Some(&body)).await.unwrap();
    let id = text(&ended, "snapshot_id");
    let snapshot = stack.client.get(&format!("/v1/snapshots/{id}")).await.unwrap().json();
    assert_eq!(snapshot["status"], "ready", "{snapshot}");
    snapshot
}

async fn act(stack: &Stack, sandbox: &str, what: &str) -> Value {
    let path = format!("/v1/sandboxes/{sandbox}/{what}");
    stack.client.run(Method::POST, &path, None).await.unwrap()
}

async fn restore(stack: &Stack, app: &str, snapshot: &str) -> Value {
    let path = format!("/v1/apps/{app}/restore");
    let body = json!({ "snapshot_id": snapshot });
    stack.client.run(Method::POST, &path, Some(&body)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_story() {
    let stack = Stack::start().await.unwrap();
    let (app, sandbox) = app_with_sandbox(&stack, "Shop", "static").await;
    let url = stack.preview_url(&sandbox).await.unwrap();
    assert!(
        url.starts_with(&format!("http://s-{}-3000.preview.localhost:", sandbox.to_lowercase()))
    );
    preview_answers(&stack, &sandbox).await;

    // Work in the workspace, committed in git.
    let sh = |line: &str| stack.docker.sh(&sandbox, line);
    sh("echo first > note; mkdir folder; echo kept > folder/inner; git add -A; git commit -qm one");
    let history = sh("git log --format=%H");
    let live = capture(&stack, &sandbox, "live", true).await;
    assert_eq!(live["kind"], "manual");

    act(&stack, &sandbox, "stop").await;
    assert!(stack.docker.containers().is_empty(), "a stopped sandbox has no container");
    let stopped = capture(&stack, &sandbox, "stopped", false).await;
    assert_eq!(stopped["parent_snapshot_id"], live["id"]);
    act(&stack, &sandbox, "start").await;

    // Change and delete, then go back.
    sh("echo second > note; rm -r folder; echo new > extra; git add -A; git commit -qm two");
    let changed_history = sh("git log --format=%H");
    let before = stack.client.get(&format!("/v1/sandboxes/{sandbox}")).await.unwrap().json();
    let restored = restore(&stack, &app, &text(&stopped, "id")).await;
    let after = stack.client.get(&format!("/v1/sandboxes/{sandbox}")).await.unwrap().json();
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["preview"]["url"], before["preview"]["url"]);
    assert_eq!(after["status"], "running");
    assert!(after["generation"].as_i64() > before["generation"].as_i64());
    assert_eq!(sh("cat note folder/inner; ls"), "first\nkept\nfolder\nindex.html\nnote\nstyle.css");
    assert_eq!(sh("git log --format=%H"), history);
    assert_eq!(sh("git status --porcelain"), "");
    preview_answers(&stack, &sandbox).await;

    // The safety snapshot holds what was replaced: restoring it brings the change back.
    let safety = text(&restored["result"], "safety_snapshot_id");
    restore(&stack, &app, &safety).await;
    assert_eq!(sh("cat note; ls"), "second\nextra\nindex.html\nnote\nstyle.css");
    assert_eq!(sh("git log --format=%H"), changed_history);

    let children = fork_three(&stack, &app, &text(&stopped, "id")).await;
    assert_eq!(sh("cat note"), "second", "a fork leaves its source alone");

    // A sleeping child wakes when it is visited.
    let (_, sleeper) = &children[0];
    act(&stack, sleeper, "stop").await;
    preview_answers(&stack, sleeper).await;
    let woken = stack.client.get(&format!("/v1/sandboxes/{sleeper}")).await.unwrap().json();
    assert_eq!(woken["status"], "running");

    check_timeline(&stack, &app).await;
    delete_all(&stack, &app, &children).await;
}

async fn fork_three(stack: &Stack, app: &str, snapshot: &str) -> Vec<(String, String)> {
    let body = json!({ "snapshot_id": snapshot, "count": 3 });
    let path = format!("/v1/apps/{app}/fork");
    let forked = stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
    let children: Vec<(String, String)> = forked["result"]["children"]
        .as_array()
        .unwrap()
        .iter()
        .map(|child| (text(&child["app"], "id"), text(&child["sandbox"], "id")))
        .collect();
    assert_eq!(children.len(), 3);
    let mut urls = HashMap::new();
    for (index, (_, sandbox)) in children.iter().enumerate() {
        preview_answers(stack, sandbox).await;
        urls.insert(stack.preview_url(sandbox).await.unwrap(), ());
        assert_eq!(stack.docker.sh(sandbox, "cat note"), "first");
        assert_eq!(
            stack.docker.sh(sandbox, "git rev-list --count HEAD; git status --porcelain"),
            "1"
        );
        let line = format!("echo child {index} > note");
        assert_eq!(stack.docker.sh(sandbox, &line), "");
    }
    assert_eq!(urls.len(), 3, "each child has a URL of its own");
    for (index, (_, sandbox)) in children.iter().enumerate() {
        assert_eq!(stack.docker.sh(sandbox, "cat note"), format!("child {index}"));
    }
    children
}

/// The timeline tells each step once and in order.
async fn check_timeline(stack: &Stack, app: &str) {
    let events = stack.client.events(&format!("/v1/apps/{app}/events")).await.unwrap();
    let told: Vec<String> = events
        .iter()
        .map(|event| text(event, "type"))
        // Probes come when the dev server is up, between whatever else happens.
        .filter(|kind| kind != "preview.health.ok")
        .collect();
    assert_eq!(
        told,
        [
            "app.created",
            "sandbox.create.started",
            "sandbox.created",
            "snapshot.capture.started",
            "snapshot.captured",
            "sandbox.stop.started",
            "sandbox.stopped",
            "snapshot.capture.started",
            "snapshot.captured",
            "sandbox.start.started",
            "sandbox.started",
            "snapshot.restore.started",
            "snapshot.captured",
            "snapshot.restored",
            "snapshot.restore.started",
            "snapshot.captured",
            "snapshot.restored",
            "snapshot.fork.started",
            "snapshot.forked",
        ]
    );
    let ids: Vec<String> = events.iter().map(|event| text(event, "id")).collect();
    assert!(ids.is_sorted(), "ids grow");
}

async fn delete_all(stack: &Stack, app: &str, children: &[(String, String)]) {
    for id in children.iter().map(|(app, _)| app.as_str()).chain([app]) {
        let path = format!("/v1/apps/{id}?snapshots=delete");
        stack.client.run(Method::DELETE, &path, None).await.unwrap();
        let gone = stack.client.get(&format!("/v1/apps/{id}")).await.unwrap();
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
    }
    stack
        .until("nothing is left", Duration::from_secs(20), async |stack| {
            Ok(stack.leftovers()?.is_empty())
        })
        .await
        .unwrap_or_else(|error| panic!("{error}: {:?}\n{}", stack.leftovers(), stack.logs()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_template_previews_without_a_network() {
    let stack = Stack::start().await.unwrap();
    for template in ["react-standard", "node-express", "python"] {
        let (app, sandbox) = app_with_sandbox(&stack, template, template).await;
        preview_answers(&stack, &sandbox).await;
        probed(&stack, &sandbox).await;
        stack.client.run(Method::DELETE, &format!("/v1/apps/{app}"), None).await.unwrap();
    }
    let (_, blank) = app_with_sandbox(&stack, "blank", "blank").await;
    assert_eq!(
        stack.docker.sh(&blank, "git rev-list --count HEAD; whoami; pwd"),
        "1\nsandbox\n/home/sandbox/app"
    );
}
