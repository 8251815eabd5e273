use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::{Server, id, in_time};

#[tokio::test]
async fn the_timeline_is_shown_oldest_first_and_by_parts() {
    let server = Server::new().await;
    server.shop().await;
    server.ok(&["apps", "create", "other"]).await;
    let all = server.ok(&["events"]).await;
    let types: Vec<&str> = all.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    let wanted = ["app.created", "sandbox.create.started", "sandbox.created", "app.created"];
    assert_eq!(types, wanted, "{all}");
    let of_app = server.ok(&["events", "--app", "shop"]).await;
    assert_eq!(of_app.lines().count(), 3, "{of_app}");
    let some = server.json(&["events", "--type", "sandbox.created"]).await;
    let event = &some["events"][0];
    assert_eq!(some["events"].as_array().unwrap().len(), 1);
    let operation = id(event, "operation_id");
    assert_eq!(server.ok(&["events", "--operation", &operation]).await.lines().count(), 2);
    let after = server.ok(&["events", "--after", &id(event, "id")]).await;
    assert!(after.lines().count() == 1 && after.contains("app.created"), "{after}");
    assert_eq!(server.ok(&["events", "--severity", "error"]).await, "");
}

#[tokio::test]
async fn what_happens_is_followed_without_gap_or_repeat() {
    let server = Server::idle().await;
    server.ok(&["apps", "create", "one"]).await;
    let mut child = server.ctl(&["events", "--follow", "--json"]).start();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = async || -> Value {
        let line = in_time("an event", lines.next_line()).await.unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    };
    let first = next().await;
    for name in ["two", "three"] {
        server.ok(&["apps", "create", name]).await;
    }
    let (second, third) = (next().await, next().await);
    let mut ids = [&first, &second, &third].map(|event| id(event, "id"));
    let in_order = ids.clone();
    ids.sort();
    assert_eq!(ids, in_order);
    child.kill().await.unwrap();

    let mut child = server.ctl(&["events", "-f", "--after", &in_order[1]]).start();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = in_time("an event", lines.next_line()).await.unwrap().unwrap();
    assert!(line.contains(&in_order[2]), "{line}");
    child.kill().await.unwrap();
}
