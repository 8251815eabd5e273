//! What an installation tells of itself, on a real engine: metrics, traces, and what `admin doctor`
//! finds.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

mod doctor;
mod metrics;
mod traces;

use std::path::PathBuf;
use std::time::Duration;

use hyper::Method;
use sandboxd_tests::Stack;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);

/// An app with a sandbox that runs: the operation that made it.
async fn create(stack: &Stack) -> Value {
    let app = stack.client.post("/v1/apps", &json!({ "name": "App" })).await.unwrap().json();
    let path = format!("/v1/apps/{}/sandbox", app["id"].as_str().unwrap());
    let body = json!({ "template": "static" });
    stack.client.run(Method::POST, &path, Some(&body)).await.unwrap()
}

fn in_repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
