//! Tenants on a whole installation: what an operator sets is in force in running processes, what
//! was done is told even if the process is killed, and visitors can't run up a tenant's quota.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

use std::process::Command;
use std::time::Duration;

use hyper::{Method, StatusCode};
use sandboxd_tests::Stack;
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(5);

fn admin(stack: &Stack, arguments: &[&str]) -> String {
    let done = Command::new(stack.settings.bins.join("sandboxd-api"))
        .arg("admin")
        .arg("--data-dir")
        .arg(&stack.data)
        .args(arguments)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

async fn sandbox(stack: &Stack) -> String {
    let app = stack.client.post("/v1/apps", &json!({ "name": "Shop" })).await.unwrap().json();
    let path = format!("/v1/apps/{}/sandbox", app["id"].as_str().unwrap());
    let body = json!({ "template": "static" });
    let made = stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
    made["sandbox_id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_rules_while_all_runs() {
    let mut stack = Stack::start().await.unwrap();
    // A token, at once, and its end.
    let token = admin(&stack, &["token", "create", "--tenant", "carol", "--label", "ci"]);
    let carol = stack.client.with_token(&token);
    let made = carol.post("/v1/apps", &json!({ "name": "carol's" })).await.unwrap();
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let list: Value = serde_json::from_str(&admin(&stack, &["token", "list", "--json"])).unwrap();
    admin(&stack, &["token", "revoke", list["tokens"][0]["id"].as_str().unwrap()]);
    stack
        .until("the token ends", SOON, async |_| {
            Ok(carol.get("/v1/apps").await?.status == StatusCode::UNAUTHORIZED)
        })
        .await
        .unwrap();

    // A visitor wakes one sandbox, and no more than the quota allows.
    let (first, second) = (sandbox(&stack).await, sandbox(&stack).await);
    for id in [&first, &second] {
        let stop = format!("/v1/sandboxes/{id}/stop");
        stack.client.run(Method::POST, &stop, None).await.unwrap();
    }
    admin(&stack, &["quota", "set", "--tenant", "alice", "running=1"]);
    let woken = stack.client.preview(&stack.preview_url(&first).await.unwrap()).await.unwrap();
    assert_eq!(woken.status, StatusCode::OK, "{}", woken.text());
    let refused = stack.client.preview(&stack.preview_url(&second).await.unwrap()).await.unwrap();
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text());
    assert!(refused.text().contains("quota"), "{}", refused.text());
    let quotas = stack.client.get("/v1/quotas").await.unwrap().json();
    assert_eq!(quotas["quotas"]["running"], json!({ "limit": 1, "used": 1 }));

    // What was committed is in the log, whatever becomes of the process.
    let acted = stack.client.post("/v1/apps", &json!({ "name": "last" })).await.unwrap();
    stack.api.take().unwrap().kill().unwrap();
    stack.start_api().unwrap();
    stack.ready().await.unwrap();
    let log = stack.client.get("/v1/audit?action=create_app&limit=1").await.unwrap().json();
    let entry = &log["audit"][0];
    assert_eq!(entry["targets"]["app_id"], acted.json()["id"], "{log}");
    assert_eq!(entry["request_id"], acted.header("x-request-id"));
    assert_eq!(entry["actor"], "token:settings-1");
    let log = stack.client.get("/v1/audit?actor=preview").await.unwrap().json();
    assert_eq!(log["audit"][0]["targets"]["sandbox_id"], first.as_str(), "{log}");
}
