//! Asking again for what an operation was to do. The API keeps no request, but most can be told from
//! the operation and what it was about.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Body, Client, Failure, Route};
use crate::session::id;

/// Asks again. The answer is a new operation.
pub(super) async fn again(client: &Client, operation: &Value) -> Result<Answer, Failure> {
    match operation["status"].as_str() {
        Some("failed" | "cancelled") => {}
        status => {
            let status = status.unwrap_or_default();
            return Err(Failure::Usage(format!("it has not failed: it is {status}")));
        }
    }
    match operation["kind"].as_str().unwrap_or_default() {
        "sandbox.create" => create(client, operation).await,
        kind @ ("sandbox.start" | "sandbox.stop") => {
            let sandbox = id(operation, "sandbox_id")?;
            let verb = kind.trim_start_matches("sandbox.");
            client.post(&Route::v1(["sandboxes", &sandbox, verb]), json!({})).await
        }
        "sandbox.delete" => {
            let sandbox = id(operation, "sandbox_id")?;
            client.send(Method::DELETE, &Route::v1(["sandboxes", &sandbox]), Body::None).await
        }
        "app.delete" => {
            let app = id(operation, "app_id")?;
            let all = operation["delete_snapshots"] == true;
            let route = Route::v1(["apps", &app])
                .with("snapshots", Some(if all { "delete" } else { "keep" }));
            client.send(Method::DELETE, &route, Body::None).await
        }
        "snapshot.capture" => capture(client, operation).await,
        "app.restore" => {
            let (app, snapshot) = (id(operation, "app_id")?, id(operation, "snapshot_id")?);
            let body = json!({ "snapshot_id": snapshot });
            client.post(&Route::v1(["apps", &app, "restore"]), body).await
        }
        "task.run" => task(client, operation).await,
        kind => Err(Failure::Usage(format!(
            "{kind} can't be told from the operation; ask for it again by its own command"
        ))),
    }
}

/// A sandbox whose creation failed is still there, with what it was to be.
async fn create(client: &Client, operation: &Value) -> Result<Answer, Failure> {
    let (app, sandbox) = (id(operation, "app_id")?, id(operation, "sandbox_id")?);
    let was = client.get(&Route::v1(["sandboxes", &sandbox])).await?.json();
    let mut body = json!({});
    for key in ["template", "ports", "visibility", "idle_policy"] {
        if !was[key].is_null() {
            body[key] = was[key].clone();
        }
    }
    client.post(&Route::v1(["apps", &app, "sandbox"]), body).await
}

async fn capture(client: &Client, operation: &Value) -> Result<Answer, Failure> {
    let (sandbox, snapshot) = (id(operation, "sandbox_id")?, id(operation, "snapshot_id")?);
    let was = client.get(&Route::v1(["snapshots", &snapshot])).await?.json();
    let body = json!({ "source_sandbox_id": sandbox, "name": was["name"], "live": true });
    client.post(&Route::v1(["snapshots"]), body).await
}

async fn task(client: &Client, operation: &Value) -> Result<Answer, Failure> {
    let (sandbox, task) = (id(operation, "sandbox_id")?, id(operation, "task_id")?);
    let was = client.get(&Route::v1(["sandboxes", &sandbox, "tasks", &task])).await?.json();
    let mut body = json!({ "prompt": was["prompt"] });
    for key in ["agent", "model", "command", "continue_task_id"] {
        if !was[key].is_null() {
            body[key] = was[key].clone();
        }
    }
    if let Some(ms) = was["timeout_ms"].as_u64() {
        body["timeout_s"] = ms.div_ceil(1000).into();
    }
    // The fields don't say whether it was to be without; with one nothing is lost.
    client.post(&Route::v1(["sandboxes", &sandbox, "tasks"]), body).await
}
