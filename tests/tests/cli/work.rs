//! Programs, files, snapshots, a shell, and an API that goes away for a moment.

use std::time::Duration;

use sandboxd_tests::Stack;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::ctl::Ctl;

#[tokio::test(flavor = "multi_thread")]
async fn programs_files_and_snapshots_of_a_sandbox() {
    let stack = Stack::start().await.unwrap();
    let ctl = Ctl::of(&stack);
    ctl.shop().await;

    let line = "echo out; echo $A >&2; exit 3";
    let said = ctl.run(&["exec", "shop", "-e", "A=err", "--", "sh", "-c", line], "").await;
    assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(3), "out\n", "err\n"));
    let said = ctl.run(&["exec", "shop", "--timeout", "200ms", "--", "sleep", "60"], "").await;
    assert_eq!(said.code, Some(124), "{said:#?}");
    let said = ctl.run(&["exec", "shop", "--", "sh", "-c", "kill -9 $$"], "").await;
    assert_eq!(said.code, Some(137), "{said:#?}");
    let all = ctl.ok(&["exec", "shop", "--", "seq", "100000"]).await.stdout;
    assert_eq!(all.lines().count(), 100_000);

    let said = ctl.run(&["files", "put", "shop", "-", "notes/käse.txt"], "first\n").await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(ctl.ok(&["files", "get", "shop", "notes/käse.txt"]).await.stdout, "first\n");
    assert!(ctl.ok(&["files", "ls", "shop", "notes"]).await.stdout.contains("notes/käse.txt"));
    ctl.ok(&["snapshots", "capture", "shop", "before"]).await;
    ctl.ok(&["files", "rm", "shop", "notes", "-r", "-y"]).await;
    ctl.ok(&["exec", "shop", "--", "sh", "-c", "echo new > new.txt"]).await;
    ctl.ok(&["sandboxes", "stop", "shop"]).await;
    ctl.ok(&["snapshots", "capture", "shop", "after", "--stopped"]).await;
    let diff = ctl.ok(&["snapshots", "diff", "after"]).await.stdout;
    assert!(diff.contains("+  4 B   new.txt") && diff.contains("notes/käse.txt"), "{diff}");
    assert!(diff.ends_with("1 added, 0 changed, 1 removed\n"), "{diff}");
    // Also of one that is stopped.
    assert_eq!(ctl.ok(&["files", "get", "shop", "new.txt"]).await.stdout, "new\n");
    let forked = ctl.ok(&["snapshots", "fork", "before", "-n", "2", "--name", "try"]).await;
    assert_eq!(forked.stdout.lines().count(), 3, "{forked:#?}");
    assert_eq!(ctl.ok(&["exec", "try 2", "cat", "notes/käse.txt"]).await.stdout, "first\n");
    ctl.ok(&["snapshots", "restore", "before"]).await;
    assert_eq!(ctl.ok(&["files", "get", "shop", "notes/käse.txt"]).await.stdout, "first\n");
    ctl.ok(&["files", "export", "shop", "shop.zip"]).await;
    let zip = std::fs::read(ctl.home.path().join("shop.zip")).unwrap();
    assert!(zip.starts_with(b"PK") && zip.len() > 500);

    ctl.ok(&["sandboxes", "start", "shop"]).await;
    let shell = ctl.run(&["terminal", "shop"], "cat notes/*; exit 5\n").await;
    assert_eq!(shell.code, Some(5), "{shell:#?}");
    assert!(shell.stdout.contains("first"), "{shell:#?}");
    assert!(ctl.ok(&["doctor"]).await.stdout.contains("2 workers"));
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_and_following_outlive_the_api() {
    let mut stack = Stack::start().await.unwrap();
    let ctl = Ctl::of(&stack);
    ctl.shop().await;
    let mut following = ctl.start(&["events", "--follow", "--json", "--app", "shop"]);
    let mut events = BufReader::new(following.stdout.take().unwrap()).lines();
    let mut next = async || -> Value {
        let line = tokio::time::timeout(Duration::from_secs(30), events.next_line()).await;
        serde_json::from_str(&line.expect("an event comes").unwrap().unwrap()).unwrap()
    };
    while next().await["type"] != "sandbox.created" {}
    let run = ["tasks", "run", "shop", "Rest", "--no-checkpoint", "--json", "--", "sleep", "3"];
    let waiting = ctl.start(&run);
    while next().await["type"] != "task.started" {}

    stack.api.take().unwrap().kill().unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    stack.start_api().unwrap();
    stack.ready().await.unwrap();

    let said = ctl.ended(&run, waiting).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let ended: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(ended["result"]["task"]["status"], "succeeded");
    let mut seen = vec![next().await];
    while seen.last().unwrap()["type"] != "task.completed" {
        seen.push(next().await);
    }
    let path = format!("/v1/apps/{}/events", ended["app_id"].as_str().unwrap());
    let all = stack.client.events(&path).await.unwrap();
    let started = all.iter().position(|event| event["type"] == "task.started").unwrap();
    assert_eq!(seen, all[started + 1..started + 1 + seen.len()], "without gap or repeat");
}
