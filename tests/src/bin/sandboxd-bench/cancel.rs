//! A task that is cancelled while its agent works.

use std::time::{Duration, Instant};

use anyhow::ensure;
use hyper::{Method, StatusCode};
use serde_json::json;

use crate::asking::{create, delete, id, read};
use crate::bench::Bench;
use crate::figures::{Samples, Target};

const SEEN: Target = Target { share: 1.0, at_most: 1_000.0 };
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let (stack, report, size) = bench.parts().await?;
    let (app, sandbox) = create(stack, "blank").await?;
    let mut samples = Samples::default();
    for _ in 0..size.cancels {
        let body = json!({
            "prompt": "sleep", "agent": "command", "command": ["sleep", "600"], "checkpoint": false,
        });
        let path = format!("/v1/sandboxes/{sandbox}/tasks");
        let task = stack.client.request(Method::POST, &path, &[], Some(&body)).await?;
        ensure!(task.status == StatusCode::ACCEPTED, "{}", task.text());
        let task = task.json();
        let operation = json!({ "id": task["operation_id"].as_str().map_or_else(|| id(&task, "id"), |id| Ok(id.to_owned()))? });
        let working = async |stack: &sandboxd_tests::Stack| {
            let found = read(stack, &operation).await?;
            Ok(found["progress"]["step"] == "follow_agent")
        };
        stack.until("the agent works", LIMIT, working).await?;
        let begun = Instant::now();
        let path = format!("/v1/operations/{}/cancel", id(&operation, "id")?);
        stack.client.post(&path, &json!({})).await?;
        let ended = stack.client.ended(&operation, LIMIT).await?;
        samples.add(begun.elapsed());
        ensure!(ended["status"] == "cancelled", "{ended:#}");
    }
    report.times("cancel → seen, agent ended, operation over", &samples, &[SEEN]);
    delete(stack, &app).await
}
