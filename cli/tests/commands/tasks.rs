use serde_json::{Value, json};

use crate::support::{PROMPT_TO_FAIL, Server, id};

#[tokio::test]
async fn a_task_is_run_followed_and_shown() {
    let server = Server::new().await;
    server.shop().await;
    let run = server.ctl(&["tasks", "run", "shop", "Make it red", "--agent", "claude-code"]);
    let run =
        run.arg("--model").arg("sonnet").arg("--timeout").arg("10m").arg("--follow").run().await;
    run.ok().complains(&["succeeded"]);
    assert_eq!(run.stdout, "Looking at it\nMade it red\n\n");
    let listed = server.json(&["tasks", "list", "shop"]).await;
    let task = listed["tasks"][0].clone();
    for (key, wanted) in [
        ("agent", json!("claude-code")),
        ("model", json!("sonnet")),
        ("timeout_ms", json!(600_000)),
        ("prompt", json!("Make it red")),
    ] {
        assert_eq!(task[key], wanted);
    }
    let task = id(&task, "id");
    server.ctl(&["tasks", "get", &task]).run().await.ok().shows(&[&task, "succeeded"]);
    let again = server.ctl(&["tasks", "follow", &task, "--json"]).run().await;
    let pieces: Vec<Value> =
        again.ok().stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = pieces.iter().filter_map(|piece| piece["type"].as_str()).collect();
    assert_eq!(kinds.last(), Some(&"done"), "{kinds:?}");
    server.ctl(&["tasks", "ls", "shop", "--status", "failed"]).run().await.ok();
    let said = server.ctl(&["tasks", "undo", &task]).run().await;
    said.ended(5).complains(&["has no checkpoint_before"]);
    server.ctl(&["tasks", "diff", &task]).run().await.ended(5);
    let unknown = server.ctl(&["tasks", "get", "01JD4X8QK3M5N7P9R1S3T5V7W9"]).run().await;
    unknown.ended(5);
}

#[tokio::test]
async fn a_program_and_a_prompt_from_a_pipe_make_a_task_too() {
    let server = Server::new().await;
    server.shop().await;
    let run = server.ctl(&[
        "tasks",
        "run",
        "shop",
        "-",
        "--no-checkpoint",
        "--json",
        "--",
        "sh",
        "-c",
        "true",
    ]);
    let done = run.input("From a pipe").run().await;
    let done: Value = serde_json::from_str(&done.ok().stdout).unwrap();
    let task = &done["result"]["task"];
    assert_eq!(
        (&task["agent"], &task["prompt"], &task["command"]),
        (&json!("command"), &json!("From a pipe"), &json!(["sh", "-c", "true"]))
    );
}

#[tokio::test]
async fn a_task_that_fails_is_no_success() {
    let server = Server::new().await;
    server.shop().await;
    let run = ["tasks", "run", "shop", PROMPT_TO_FAIL];
    server.ctl(&run).run().await.ended(1).complains(&["task.run failed: the agent gave up"]);
    server.ctl(&run).arg("--follow").run().await.ended(1).complains(&["failed"]);
}

#[tokio::test]
async fn a_task_is_cancelled_and_stands_in_the_way_until_then() {
    let server = Server::idle().await;
    server.ok(&["apps", "create", "shop"]).await;
    server.ok(&["sandboxes", "create", "shop", "--no-wait"]).await;
    server.worker().succeed_next().await;
    let task = server.json(&["tasks", "run", "shop", "Rest", "--no-wait"]).await;
    let task = id(&task, "task_id");
    let said = server.ctl(&["sandboxes", "stop", "shop", "--no-wait"]).run().await;
    said.ended(6).complains(&["task_in_progress", &format!("tasks follow {task}"), "--force"]);
    let cancelled = server.json(&["tasks", "cancel", &task]).await;
    assert_eq!(cancelled["status"], "cancelled");
    server.ctl(&["tasks", "follow", &task]).run().await.ended(1).complains(&["cancelled"]);
}
