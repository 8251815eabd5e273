use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::support::{FakeNode, NODE, Said, Server, WORKER, answer, id, in_time};

#[tokio::test]
async fn a_sandbox_lives_by_the_name_of_its_app() {
    let server = Server::new().await;
    server.ok(&["apps", "create", "shop"]).await;
    let none = server.ctl(&["sandboxes", "get", "shop"]).run().await;
    none.ended(5).complains(&["has no sandbox", "sandboxctl sandboxes create shop"]);
    let made = server
        .ctl(&["sandboxes", "create", "shop", "--template", "static", "--port", "3000", "--port"])
        .arg("8080")
        .arg("--memory=512m")
        .arg("--cpus=0.5")
        .run()
        .await;
    made.ok().shows(&["status:", "running", "http://s-"]);
    let sandbox = server.json(&["sandboxes", "get", "shop"]).await;
    assert_eq!(
        (&sandbox["ports"], &sandbox["limits"]["cpus"]),
        (&json!([3000, 8080]), &json!(0.5))
    );
    let sandbox = id(&sandbox, "id");
    assert_eq!(id(&server.json(&["sandbox", "get", &sandbox]).await, "id"), sandbox);
    server.ctl(&["sandboxes", "list"]).run().await.ok().shows(&[&sandbox, "running"]);

    for (verb, status) in [("stop", "stopped"), ("start", "running")] {
        let done = server.json(&["sandboxes", verb, "shop"]).await;
        assert_eq!(done["result"]["sandbox"]["status"], status, "{done:#}");
    }
    let update = ["sandboxes", "update", "shop", "--visibility", "private", "--idle-after", "1h"];
    let changed = server.json(&update).await;
    assert_eq!((&changed["visibility"], &changed["idle_after"]), (&json!("private"), &json!("1h")));

    let url = server.ok(&["sandboxes", "url", "shop", "--port", "8080"]).await;
    assert_eq!(
        url,
        format!("http://s-{}-8080.preview.example.test:18080/\n", sandbox.to_lowercase())
    );
    server.ctl(&["sandboxes", "url", "shop", "--port", "1"]).run().await.ended(5);
    let link = server.ok(&["sandboxes", "url", "shop", "--link", "1h"]).await;
    assert!(link.contains("/.sandboxd/open?token="), "{link}");
    // There is no desktop here; the address is printed all the same.
    let opened = server.ctl(&["sandboxes", "open", "shop"]).env("PATH", "/nowhere").run().await;
    opened.ended(1).shows(&["http://s-"]).complains(&["xdg-open"]);

    server.ctl(&["sandboxes", "delete", &sandbox]).run().await.ended(2).complains(&["--yes"]);
    server.ok(&["sandboxes", "delete", &sandbox, "--yes"]).await;
    server.ctl(&["sandboxes", "get", &sandbox]).run().await.ended(5);
}

#[tokio::test]
async fn who_does_not_wait_gets_the_operation_and_how_to_come_back() {
    let server = Server::idle().await;
    server.ok(&["apps", "create", "shop"]).await;
    let said = server.ctl(&["sandboxes", "create", "shop", "--no-wait", "--json"]).run().await;
    let accepted: Value = serde_json::from_str(&said.ok().stdout).unwrap();
    let operation = id(&accepted, "id");
    assert_eq!(accepted["status"], "queued");
    said.complains(&[&format!("sandboxctl operations wait {operation}")]);
    // Another is in the way; it is named, with what to do.
    let said = server.ctl(&["sandboxes", "stop", "shop"]).run().await;
    said.ended(6).complains(&["operation_in_progress", &format!("operations wait {operation}")]);
    server.worker().succeed(&operation).await;
    let ended = server.ctl(&["operations", "wait", &operation]).run().await;
    ended.ok().shows(&["running", "http://s-"]);
}

#[tokio::test]
async fn what_fails_says_why_and_is_no_success() {
    let server = Server::idle().await;
    server.ok(&["apps", "create", "shop"]).await;
    let child = server.ctl(&["sandboxes", "create", "shop", "--json"]).start();
    let (worker, operation) = (server.worker(), server.worker().next().await);
    let error = ErrorBody::new(ErrorCode::Capacity, "there is no memory for it");
    worker.fail(&operation, error).await;
    let said = Said::of(in_time("the end", child.wait_with_output()).await.unwrap());
    said.ended(1).complains(&[
        "sandbox.create failed: there is no memory for it (capacity)",
        &format!("sandboxctl operations get {operation}"),
    ]);
    // As JSON the operation is the result all the same.
    let ended: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(ended["status"], "failed");
}

/// Waits until a process has a handler for SIGINT (proc_pid_status(5), SigCgt).
async fn minds_interrupts(pid: i32) {
    loop {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        if u64::from_str_radix(caught.trim(), 16).unwrap() & 0b10 != 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_interrupt_leaves_the_operation_and_says_how_to_come_back() {
    let server = Server::idle().await;
    server.ok(&["apps", "create", "shop"]).await;
    let mut child = server.ctl(&["sandboxes", "create", "shop"]).start();
    let operation = server.worker().next().await;
    let pid = i32::try_from(child.id().unwrap()).unwrap();
    in_time("it minds interrupts", minds_interrupts(pid)).await;
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(in_time("the end", child.wait()).await.unwrap().code(), Some(130));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).await.unwrap();
    assert!(said.contains(&format!("sandboxctl operations wait {operation}")), "{said}");
    let left = server.json(&["operations", "get", &operation]).await;
    assert_eq!((&left["status"], &left["cancel_requested"]), (&json!("queued"), &json!(false)));
}

#[tokio::test]
async fn the_log_is_printed_and_does_not_steer_the_terminal() {
    let server = Server::new().await;
    server.shop().await;
    server.worker().beat(NODE).await;
    let _node = FakeNode::start(&server.node_sockets, WORKER, |asked| {
        assert!(asked.target.contains("/logs"), "{asked:?}");
        answer(200, "\u{1b}[32mready\u{1b}[0m on 3000\n\u{1b}]0;owned\u{7}")
    });
    let log = server.ok(&["sandboxes", "logs", "shop"]).await;
    assert_eq!(log, "ready on 3000\n·]0;owned·");
}
