//! Clients that hang up in the middle of a request.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{TestApp, id};

/// Sends a whole request and hangs up after `patience`, answered or not.
async fn hang_up(app: &TestApp, path: &str, body: &str, patience: Duration) {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer alice-token\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let _ = tokio::time::timeout(patience, stream.read_u8()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_whose_client_goes_is_done_wholly_or_not_at_all() {
    let app = TestApp::new().await;
    for round in 0u64..120 {
        let body = json!({ "project": { "id": format!("p{round}"), "user_id": "u" } }).to_string();
        // The work takes about a millisecond or two: hang up before, amid and after.
        hang_up(&app, "/v1/sandboxes", &body, Duration::from_micros(round * 40)).await;
    }
    // What is left answers as ever, and each piece has all of its others.
    let last = app.post("/v1/sandboxes", json!({ "project": { "id": "z", "user_id": "u" } })).await;
    last.expect(202);
    let apps = app.get("/v1/apps?limit=200").await.json["apps"].as_array().unwrap().clone();
    let operations = app.get("/v1/operations?limit=200").await.json["operations"].clone();
    let operations = operations.as_array().unwrap();
    assert_eq!(apps.len(), operations.len());
    for operation in operations {
        let made = apps.iter().find(|made| made["id"] == operation["app_id"]).unwrap();
        assert_eq!(made["current_sandbox_id"], operation["sandbox_id"]);
        let path = format!("/v1/events?operation_id={}", id(operation, "id"));
        assert_eq!(app.get(&path).await.json["events"].as_array().unwrap().len(), 1);
    }
    let pokes: i64 = sqlx::query_scalar("SELECT count(*) FROM Jobs")
        .fetch_one(&mut *app.store.read().await.unwrap())
        .await
        .unwrap();
    assert_eq!(usize::try_from(pokes).unwrap(), operations.len(), "a job for each");
    app.worker().succeed(&id(&last.json, "id")).await;
}

#[tokio::test]
async fn a_client_that_goes_while_it_waits_leaves_its_operation_be() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let path = format!("/v1/apps/{shop}/sandbox");
    let ask = app.ask("POST", &path).header("prefer", "wait=60").send();
    let (worker, asked) = (app.worker(), tokio::spawn(ask));
    let operation = worker.next().await;
    asked.abort();
    worker.succeed(&operation).await;
    let ended = app.get(&format!("/v1/operations/{operation}")).await.json;
    assert_eq!(ended["status"], "succeeded");
    assert_eq!(ended["result"]["sandbox"]["status"], "running");
}
