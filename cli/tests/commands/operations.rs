use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use serde_json::json;

use crate::support::{Server, id};

#[tokio::test]
async fn operations_are_listed_shown_and_waited_for() {
    let server = Server::new().await;
    server.shop().await;
    let listed = server.json(&["operations", "list", "--app", "shop"]).await;
    let operation = id(&listed["operations"][0], "id");
    let table = server.ctl(&["ops", "ls", "--status", "succeeded", "--kind", "sandbox.create"]);
    table.run().await.ok().shows(&[&operation, "sandbox.create", "1/3"]);
    let shown = server.ctl(&["operations", "get", &operation]).run().await;
    shown.ok().shows(&["sandbox.create", "succeeded", "1 of 3", "worker-by-hand"]);
    server.ok(&["operations", "wait", &operation]).await;
    let said = server.ctl(&["operations", "wait", "01JD4X8QK3M5N7P9R1S3T5V7W9"]).run().await;
    said.ended(5).complains(&["not_found"]);
    server.ctl(&["operations", "wait", "../apps"]).run().await.ended(2);
}

#[tokio::test]
async fn a_queued_operation_is_cancelled() {
    let server = Server::idle().await;
    server.ok(&["apps", "create", "shop"]).await;
    let accepted = server.json(&["sandboxes", "create", "shop", "--no-wait"]).await;
    let operation = id(&accepted, "id");
    let cancelled = server.json(&["operations", "cancel", &operation]).await;
    assert_eq!(cancelled["status"], "cancelled");
    let said = server.ctl(&["operations", "wait", &operation]).run().await;
    said.ended(1).complains(&["sandbox.create cancelled"]);
}

#[tokio::test]
async fn what_failed_is_asked_for_again() {
    let server = Server::idle().await;
    server.ok(&["apps", "create", "shop"]).await;
    let create = ["sandboxes", "create", "shop", "--template", "python", "--no-wait"];
    let mut operation = id(&server.json(&create).await, "id");
    let worker = server.worker();
    let error = || ErrorBody::new(ErrorCode::Capacity, "no memory");
    worker.fail(&operation, error()).await;
    let again = server.json(&["operations", "retry", &operation, "--no-wait"]).await;
    assert_eq!(again["kind"], "sandbox.create");
    let made = id(&again, "id");
    assert_ne!(made, operation);
    worker.succeed(&made).await;
    let sandbox = server.json(&["sandboxes", "get", "shop"]).await;
    assert_eq!((&sandbox["status"], &sandbox["template"]), (&json!("running"), &json!("python")));
    let said = server.ctl(&["operations", "retry", &made]).run().await;
    said.ended(2).complains(&["it has not failed: it is succeeded"]);

    for (command, kind) in [
        (vec!["tasks", "run", "shop", "Make it", "--agent", "claude-code"], "task.run"),
        (vec!["snapshots", "capture", "shop", "first"], "snapshot.capture"),
        (vec!["sandboxes", "stop", "shop"], "sandbox.stop"),
    ] {
        let mut command = command.clone();
        command.push("--no-wait");
        operation = id(&server.json(&command).await, "id");
        worker.fail(&operation, error()).await;
        let again = server.json(&["operations", "retry", &operation, "--no-wait"]).await;
        assert_eq!(again["kind"], kind, "{again:#}");
        worker.succeed_next().await;
    }
    let tasks = server.json(&["tasks", "list", "shop"]).await;
    let of = |place: usize| {
        let task = &tasks["tasks"][place];
        (task["prompt"].clone(), task["agent"].clone(), task["timeout_ms"].clone())
    };
    assert_eq!(of(0), of(1));
}
