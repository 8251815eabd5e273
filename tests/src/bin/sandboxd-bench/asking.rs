//! Requests that several measurements make.

use anyhow::Context;
use hyper::Method;
use sandboxd_tests::Stack;
use serde_json::{Value, json};

pub(crate) fn id(value: &Value, key: &str) -> anyhow::Result<String> {
    Ok(value[key].as_str().with_context(|| format!("no {key} in {value}"))?.to_owned())
}

/// An app with a running sandbox.
pub(crate) async fn create(stack: &Stack, template: &str) -> anyhow::Result<(String, String)> {
    let app = id(&stack.client.post("/v1/apps", &json!({ "name": "bench" })).await?.json(), "id")?;
    let body = json!({ "template": template });
    let path = format!("/v1/apps/{app}/sandbox");
    let made = stack.client.run(Method::POST, &path, Some(&body)).await?;
    Ok((app, id(&made, "sandbox_id")?))
}

pub(crate) async fn act(stack: &Stack, sandbox: &str, what: &str) -> anyhow::Result<Value> {
    stack.client.run(Method::POST, &format!("/v1/sandboxes/{sandbox}/{what}"), None).await
}

/// What asks for a capture.
pub(crate) fn capture_of(sandbox: &str, live: bool) -> Value {
    json!({ "source_sandbox_id": sandbox, "name": "bench", "live": live })
}

pub(crate) async fn capture(stack: &Stack, sandbox: &str, live: bool) -> anyhow::Result<Value> {
    stack.client.run(Method::POST, "/v1/snapshots", Some(&capture_of(sandbox, live))).await
}

pub(crate) async fn delete(stack: &Stack, app: &str) -> anyhow::Result<()> {
    let path = format!("/v1/apps/{app}?snapshots=delete");
    stack.client.run(Method::DELETE, &path, None).await.map(|_| ())
}

/// An operation as it is now.
pub(crate) async fn read(stack: &Stack, operation: &Value) -> anyhow::Result<Value> {
    Ok(stack.client.get(&format!("/v1/operations/{}", id(operation, "id")?)).await?.json())
}
