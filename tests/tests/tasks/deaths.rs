//! Who has a task dies, or what it works in.

use std::time::Duration;

use hyper::Method;
use sandboxd_tests::{EngineSwitch, Settings, StackOptions};
use serde_json::{Value, json};

use crate::site::{SOON, Site, sh, text};

/// Prints 1 to 60 over some seconds, and notes each of its runs.
const COUNT: &str = "echo run >> runs; for n in $(seq 60); do echo $n; sleep 0.1; done";

fn counted() -> String {
    (1..=60).map(|n| format!("{n}\n")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_is_replaced_and_the_agent_goes_on() {
    let mut site = Site::new().await;
    let app = site.app().await;
    let task = site.ask_sh(&app, COUNT).await;
    for n in ["5", "20", "35"] {
        site.until_printed(&task, &format!("\n{n}\n")).await;
        // All of them: whoever has it is among them.
        for worker in &mut site.stack.workers {
            worker.kill().unwrap();
        }
        site.stack.workers.clear();
        for _ in 0..2 {
            site.stack.start_worker(&[]).unwrap();
        }
    }
    let ended = site.ended(&task).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}\n{}", site.stack.logs());
    assert_eq!(site.printed(&task).await, counted());
    assert_eq!(site.stack.docker.sh(&app.sandbox, "cat runs"), "run", "the agent was begun once");
    assert_eq!(ended["files_changed"], json!(["runs"]), "{ended:#}");
    let told = site.told(&task).await;
    for once in ["task.queued", "task.started", "task.completed"] {
        assert_eq!(told.iter().filter(|kind| *kind == once).count(), 1, "{once}: {told:?}");
    }
    assert!(told.iter().any(|kind| kind == "operation.rescued"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_are_restarted_hand_it_on() {
    let mut site = Site::new().await;
    let app = site.app().await;
    let task = site.ask_sh(&app, COUNT).await;
    for n in ["5", "25"] {
        site.until_printed(&task, &format!("\n{n}\n")).await;
        // Told to end, as by an upgrade.
        for worker in &mut site.stack.workers {
            worker.stop().await.unwrap();
        }
        site.stack.workers.clear();
        for _ in 0..2 {
            site.stack.start_worker(&[]).unwrap();
        }
    }
    let ended = site.ended(&task).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}\n{}", site.stack.logs());
    assert_eq!(site.printed(&task).await, counted());
    assert_eq!(site.stack.docker.sh(&app.sandbox, "cat runs"), "run");
    let told = site.told(&task).await;
    assert!(!told.iter().any(|kind| kind == "operation.rescued"), "nobody died: {told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_is_killed_and_nothing_is_missed() {
    let mut site = Site::new().await;
    let app = site.app().await;
    let task = site.ask_sh(&app, COUNT).await;
    site.until_printed(&task, "\n5\n").await;
    site.stack.api.take().unwrap().kill().unwrap();
    site.stack.start_api().unwrap();
    site.stack.ready().await.unwrap();
    let ended = site.ended(&task).await;
    assert_eq!(
        (ended["status"].as_str(), site.printed(&task).await),
        (Some("succeeded"), counted())
    );
}

/// What is left of a task whose agent, container or PID 1 dies.
async fn died(kill: impl AsyncFn(&Site, &str)) -> (Site, Value, Value) {
    let site = Site::new().await;
    let app = site.app().await;
    let task = site.ask_sh(&app, "echo run >> runs; echo before; sleep 1000").await;
    site.until_printed(&task, "before\n").await;
    kill(&site, &app.sandbox).await;
    let ended = site.ended(&task).await;
    assert_eq!(ended["status"], "failed", "{ended:#}");
    assert_eq!(site.printed(&task).await, "before\n", "what was said up to then is kept");
    let last = site.output(&task).await.pop().unwrap();
    assert_eq!(
        (last["type"].as_str(), last["data"]["status"].as_str()),
        (Some("done"), Some("failed"))
    );
    assert_eq!(site.sandbox(&app).await["active_task_id"], Value::Null);
    // What the agent had changed is kept, and the prompt is not sent again.
    let start = format!("/v1/sandboxes/{}/start", app.sandbox);
    site.stack.client.run(Method::POST, &start, None).await.unwrap();
    assert_eq!(site.stack.docker.sh(&app.sandbox, "cat runs"), "run");
    (site, task, ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_killed_fails_its_task() {
    let (_, _, ended) = died(async |site, sandbox| {
        site.stack.docker.sh(sandbox, "pkill -KILL -f 'slee[p] 1000' || kill -9 $(pidof sleep)");
    })
    .await;
    assert_eq!(ended["failure_reason"], "agent_error", "{ended:#}");
    assert!(text(&ended, "error_message").contains("memory"), "{ended:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_is_killed_fails_its_task() {
    let (site, task, ended) = died(async |site, sandbox| {
        let _ = site.stack.docker.run(&["kill", &format!("s-{}", sandbox.to_lowercase())]);
    })
    .await;
    assert_eq!(ended["failure_reason"], "sandbox_unavailable", "{ended:#}");
    let told = site.told(&task).await;
    assert!(told.iter().any(|kind| kind == "task.failed"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_is_removed_while_no_worker_looks_leaves_what_was_said() {
    let mut site = Site::new().await;
    let app = site.app().await;
    let task = site.ask_sh(&app, "echo before; sleep 2; echo unheard; sleep 1000").await;
    site.until_printed(&task, "before\n").await;
    for worker in &mut site.stack.workers {
        worker.kill().unwrap();
    }
    site.stack.workers.clear();
    let container = format!("s-{}", app.sandbox.to_lowercase());
    let file = format!(
        "{}/run/s/{}/tasks/{}/output",
        site.stack.data.display(),
        app.sandbox.to_lowercase(),
        text(&task, "task_id")
    );
    let until = tokio::time::Instant::now() + SOON;
    while !std::fs::read_to_string(&file).unwrap_or_default().contains("unheard") {
        assert!(tokio::time::Instant::now() < until, "{file}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let _ = site.stack.docker.run(&["rm", "-f", &container]);
    site.stack.start_worker(&[]).unwrap();
    let ended = site.ended(&task).await;
    assert_eq!(ended["failure_reason"], "sandbox_unavailable", "{ended:#}");
    assert_eq!(site.printed(&task).await, "before\nunheard\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_does_not_answer_does_not_stop_the_agent() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let mut switch = EngineSwitch::new(&Settings::get().docker, socket).unwrap();
    let engine = Some(switch.socket.clone());
    let site = Site::with(StackOptions { engine, ..StackOptions::default() }).await;
    let app = site.app().await;
    let body = sh("for n in $(seq 60); do echo $n; sleep 0.1; done");
    let task = site.ask(&app, &body).await;
    site.until_printed(&task, "\n5\n").await;
    switch.turn_off().await;
    site.until_printed(&task, "\n55\n").await;
    switch.turn_on().unwrap();
    let ended = site.ended(&task).await;
    assert_eq!(
        (ended["status"].as_str(), site.printed(&task).await),
        (Some("succeeded"), counted())
    );
}
