//! Workers killed with SIGKILL after each step of each handler, with another worker running: every
//! accepted operation still succeeds, once, and leaves nothing behind.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use hyper::Method;
use sandboxd_tests::Stack;
use serde_json::{Value, json};

/// A dead worker's operation is elsewhere within 2 s; the rest is the operation's own time.
const LIMIT: Duration = Duration::from_secs(45);

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

async fn create_app(stack: &Stack) -> anyhow::Result<String> {
    Ok(text(&stack.client.post("/v1/apps", &json!({ "name": "App" })).await?.json(), "id"))
}

async fn create_sandbox(stack: &Stack) -> anyhow::Result<(String, String)> {
    let app = create_app(stack).await?;
    let path = format!("/v1/apps/{app}/sandbox");
    let body = json!({ "template": "static" });
    let made = stack.client.run(Method::POST, &path, Some(&body)).await?;
    Ok((app, text(&made, "sandbox_id")))
}

async fn begin(stack: &Stack, what: &str, sandbox: &str) -> anyhow::Result<Value> {
    stack.client.begin(Method::POST, &format!("/v1/sandboxes/{sandbox}/{what}"), None).await
}

async fn run(stack: &Stack, what: &str, sandbox: &str) -> anyhow::Result<Value> {
    stack.client.run(Method::POST, &format!("/v1/sandboxes/{sandbox}/{what}"), None).await
}

async fn capture(stack: &Stack, sandbox: &str, live: bool) -> anyhow::Result<Value> {
    let body = json!({ "source_sandbox_id": sandbox, "name": "snapshot", "live": live });
    stack.client.begin(Method::POST, "/v1/snapshots", Some(&body)).await
}

async fn status(stack: &Stack, sandbox: &str) -> anyhow::Result<String> {
    Ok(text(&stack.client.get(&format!("/v1/sandboxes/{sandbox}")).await?.json(), "status"))
}

/// Runs `act` once untouched to learn its steps, then once for each step with workers that are
/// killed right after it. `act` prepares, begins the operation and gives it; `check` looks at what
/// became of it and tidies up.
async fn survive(
    stack: &mut Stack,
    act: impl AsyncFn(&Stack) -> anyhow::Result<Value>,
    check: impl AsyncFn(&Stack, &Value) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let begun = act(stack).await?;
    let model = stack.client.ended(&begun, LIMIT).await?;
    ensure!(model["status"] == "succeeded", "without a kill: {model:#}");
    check(stack, &model).await.context("without a kill")?;
    let kind = text(&model, "kind");
    let steps: Vec<String> =
        model["steps"].as_array().context("steps")?.iter().map(|step| text(step, "name")).collect();
    ensure!(!steps.is_empty(), "{kind} has steps");
    for step in steps {
        let name = format!("{kind}.{step}");
        survive_one(stack, &name, &act, &check).await.with_context(|| name.clone())?;
    }
    Ok(())
}

async fn survive_one(
    stack: &mut Stack,
    point: &str,
    act: &impl AsyncFn(&Stack) -> anyhow::Result<Value>,
    check: &impl AsyncFn(&Stack, &Value) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let markers = tempfile::tempdir()?;
    stack.workers.clear();
    let spec = format!("{point}=crash");
    let folder = markers.path().display().to_string();
    for _ in 0..2 {
        stack.start_worker(&[
            ("SANDBOXD_FAILPOINTS", &spec),
            ("SANDBOXD_FAILPOINTS_DIR", &folder),
        ])?;
    }
    let begun = act(stack).await?;
    let ended = stack.client.ended(&begun, LIMIT).await?;
    ensure!(fired(markers.path(), point), "{point} was never reached");
    ensure!(ended["status"] == "succeeded", "{ended:#}\n{}", stack.logs());
    ensure!(ended["attempt"] == 2, "one worker died, so two attempts: {ended:#}");
    let dead = count_dead(stack)?;
    ensure!(dead == 1, "{dead} workers died");
    check_told_once(stack, &ended).await?;
    check(stack, &ended).await
}

fn fired(markers: &Path, point: &str) -> bool {
    markers.join(point).exists()
}

fn count_dead(stack: &mut Stack) -> anyhow::Result<usize> {
    let mut dead = 0;
    for worker in &mut stack.workers {
        dead += usize::from(worker.ended()?.is_some());
    }
    Ok(dead)
}

/// No event of the operation is told twice, and its rescue is told.
async fn check_told_once(stack: &Stack, operation: &Value) -> anyhow::Result<()> {
    let path = format!("/v1/events?operation_id={}", text(operation, "id"));
    let mut told: Vec<String> = Vec::new();
    for event in stack.client.events(&path).await? {
        // A fork tells of each child.
        let about = event["app_id"].as_str().unwrap_or_default();
        let line = format!("{} {about} {}", text(&event, "type"), event["sandbox_id"]);
        if told.contains(&line) {
            bail!("told twice: {line}");
        }
        told.push(line);
    }
    ensure!(told.iter().any(|line| line.starts_with("operation.rescued")), "{told:?}");
    Ok(())
}

async fn delete_app(stack: &Stack, app: &str) -> anyhow::Result<()> {
    let path = format!("/v1/apps/{app}?snapshots=delete");
    stack.client.run(Method::DELETE, &path, None).await?;
    stack
        .until("nothing is left", Duration::from_secs(30), async |stack| {
            Ok(stack.leftovers()?.is_empty())
        })
        .await
        .with_context(|| format!("{:?}", stack.leftovers()))
}

#[tokio::test(flavor = "multi_thread")]
async fn while_creating() {
    let mut stack = Stack::start().await.unwrap();
    survive(
        &mut stack,
        async |stack| {
            let app = create_app(stack).await?;
            let path = format!("/v1/apps/{app}/sandbox");
            let body = json!({ "template": "static" });
            stack.client.begin(Method::POST, &path, Some(&body)).await
        },
        async |stack, operation| {
            let sandbox = text(operation, "sandbox_id");
            ensure!(status(stack, &sandbox).await? == "running");
            ensure!(stack.docker.containers().len() == 1, "{:?}", stack.docker.containers());
            ensure!(stack.docker.sh(&sandbox, "git rev-list --count HEAD") == "1");
            delete_app(stack, &text(operation, "app_id")).await
        },
    )
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_starting_and_stopping() {
    let mut stack = Stack::start().await.unwrap();
    let (app, sandbox) = create_sandbox(&stack).await.unwrap();
    let write =
        |stack: &Stack, line: &str| stack.docker.sh(&sandbox, &format!("echo {line} >> log"));
    survive(
        &mut stack,
        async |stack| {
            write(stack, "line");
            begin(stack, "stop", &sandbox).await
        },
        async |stack, _| {
            ensure!(status(stack, &sandbox).await? == "stopped");
            ensure!(stack.docker.containers().is_empty() && stack.docker.volumes().is_empty());
            run(stack, "start", &sandbox).await.map(|_| ())
        },
    )
    .await
    .unwrap();
    let lines = stack.docker.sh(&sandbox, "wc -l < log");
    survive(
        &mut stack,
        async |stack| {
            run(stack, "stop", &sandbox).await?;
            begin(stack, "start", &sandbox).await
        },
        async |stack, _| {
            ensure!(status(stack, &sandbox).await? == "running");
            ensure!(stack.docker.containers().len() == 1);
            ensure!(stack.docker.sh(&sandbox, "wc -l < log") == lines, "a line was lost");
            Ok(())
        },
    )
    .await
    .unwrap();
    delete_app(&stack, &app).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_deleting() {
    let mut stack = Stack::start().await.unwrap();
    survive(
        &mut stack,
        async |stack| {
            let (_, sandbox) = create_sandbox(stack).await?;
            stack.client.begin(Method::DELETE, &format!("/v1/sandboxes/{sandbox}"), None).await
        },
        async |stack, operation| delete_app(stack, &text(operation, "app_id")).await,
    )
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_capturing() {
    let mut stack = Stack::start().await.unwrap();
    let (app, sandbox) = create_sandbox(&stack).await.unwrap();
    for live in [true, false] {
        survive(
            &mut stack,
            async |stack| {
                if status(stack, &sandbox).await? == "stopped" {
                    run(stack, "start", &sandbox).await?;
                }
                stack.docker.sh(&sandbox, "date +%s%N > stamp");
                if !live {
                    run(stack, "stop", &sandbox).await?;
                }
                capture(stack, &sandbox, live).await
            },
            async |stack, operation| {
                let snapshot = text(operation, "snapshot_id");
                let found = stack.client.get(&format!("/v1/snapshots/{snapshot}")).await?.json();
                ensure!(found["status"] == "ready", "{found}");
                if !live {
                    run(stack, "start", &sandbox).await?;
                }
                let stamp = stack.docker.sh(&sandbox, "cat stamp");
                stack.docker.sh(&sandbox, "rm stamp");
                let body = json!({ "snapshot_id": snapshot });
                let path = format!("/v1/apps/{app}/restore");
                stack.client.run(Method::POST, &path, Some(&body)).await?;
                ensure!(
                    stack.docker.sh(&sandbox, "cat stamp") == stamp,
                    "another state was captured"
                );
                Ok(())
            },
        )
        .await
        .unwrap();
    }
    delete_app(&stack, &app).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_restoring() {
    let mut stack = Stack::start().await.unwrap();
    let (app, sandbox) = create_sandbox(&stack).await.unwrap();
    stack.docker.sh(&sandbox, "echo captured > state");
    let captured = capture(&stack, &sandbox, true).await.unwrap();
    let captured = stack.client.ended(&captured, LIMIT).await.unwrap();
    let snapshot = text(&captured, "snapshot_id");
    let path = format!("/v1/apps/{app}/restore");
    survive(
        &mut stack,
        async |stack| {
            stack.docker.sh(&sandbox, "echo replaced > state");
            let body = json!({ "snapshot_id": snapshot });
            stack.client.begin(Method::POST, &path, Some(&body)).await
        },
        async |stack, operation| {
            ensure!(status(stack, &sandbox).await? == "running");
            ensure!(stack.docker.sh(&sandbox, "cat state") == "captured");
            let safety = text(&operation["result"], "safety_snapshot_id");
            let body = json!({ "snapshot_id": safety, "safety_snapshot": false });
            stack.client.run(Method::POST, &path, Some(&body)).await?;
            ensure!(stack.docker.sh(&sandbox, "cat state") == "replaced", "not what was replaced");
            ensure!(stack.docker.containers().len() == 1);
            Ok(())
        },
    )
    .await
    .unwrap();
    delete_app(&stack, &app).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_forking() {
    let mut stack = Stack::start().await.unwrap();
    let (app, sandbox) = create_sandbox(&stack).await.unwrap();
    stack.docker.sh(&sandbox, "echo source > state");
    let captured = capture(&stack, &sandbox, true).await.unwrap();
    let captured = stack.client.ended(&captured, LIMIT).await.unwrap();
    let snapshot = text(&captured, "snapshot_id");
    survive(
        &mut stack,
        async |stack| {
            let body = json!({ "snapshot_id": snapshot, "count": 2 });
            stack.client.begin(Method::POST, &format!("/v1/apps/{app}/fork"), Some(&body)).await
        },
        async |stack, operation| {
            let children = operation["result"]["children"].as_array().context("children")?;
            ensure!(children.len() == 2);
            ensure!(stack.docker.containers().len() == 3, "{:?}", stack.docker.containers());
            for child in children {
                let id = text(&child["sandbox"], "id");
                ensure!(
                    stack.docker.sh(&id, "cat state; git rev-list --count HEAD") == "source\n1"
                );
                let path = format!("/v1/apps/{}", text(&child["app"], "id"));
                stack.client.run(Method::DELETE, &path, None).await?;
            }
            Ok(())
        },
    )
    .await
    .unwrap();
    delete_app(&stack, &app).await.unwrap();
}
