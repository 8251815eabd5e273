//! Accepting and picking up, durable throughput, cancel, and a worker that dies.

use std::time::{Duration, Instant};

use anyhow::Context;
use futures::future::try_join_all;
use hyper::Method;
use sandboxd_tests::Stack;
use serde_json::{Value, json};

use crate::figures::{Report, Samples, Target};
use crate::lifecycle::{create, id};

const ACCEPTS: usize = 200;
const PARALLEL: usize = 8;
const PARALLEL_ROUNDS: usize = 40;
const RESCUES: usize = 5;

pub(crate) async fn measure(stack: &mut Stack, report: &mut Report) -> anyhow::Result<()> {
    let (app, sandbox) = create(stack, "blank").await?;
    stack.client.run(Method::POST, &format!("/v1/sandboxes/{sandbox}/stop"), None).await?;
    let (mut accept, mut pickup, mut lag) =
        (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..ACCEPTS {
        let body = json!({ "source_sandbox_id": sandbox, "name": "bench" });
        let begun = Instant::now();
        let operation = stack.client.begin(Method::POST, "/v1/snapshots", Some(&body)).await?;
        accept.add(begun.elapsed());
        let ended = stack.client.ended(&operation, Duration::from_secs(10)).await?;
        lag.add(begun.elapsed());
        pickup.add_ms(ended["queue_ms"].as_f64().context("queue_ms")?);
    }
    let twenty_five = Target { share: 0.99, at_most: 25.0 };
    let five = Target { share: 0.5, at_most: 5.0 };
    report.times("POST → 202, committed", &accept, &[five, twenty_five]);
    report.times("commit → handler starts (other process)", &pickup, &[five, twenty_five]);
    report.times("POST → capture of a stopped sandbox seen as done", &lag, &[]);
    throughput(stack, report).await?;
    delete(stack, &app).await
}

/// Captures of stopped sandboxes: durable operations that do next to nothing, end to end.
async fn throughput(stack: &Stack, report: &mut Report) -> anyhow::Result<()> {
    let mut apps = Vec::new();
    let mut sandboxes = Vec::new();
    for _ in 0..PARALLEL {
        let (app, sandbox) = create(stack, "blank").await?;
        stack.client.run(Method::POST, &format!("/v1/sandboxes/{sandbox}/stop"), None).await?;
        apps.push(app);
        sandboxes.push(sandbox);
    }
    let begun = Instant::now();
    let loops = sandboxes.iter().map(|sandbox| async move {
        for _ in 0..PARALLEL_ROUNDS {
            let body = json!({ "source_sandbox_id": sandbox, "name": "bench" });
            stack.client.run(Method::POST, "/v1/snapshots", Some(&body)).await?;
        }
        anyhow::Ok(())
    });
    try_join_all(loops).await?;
    let rate = (PARALLEL * PARALLEL_ROUNDS) as f64 / begun.elapsed().as_secs_f64();
    let figure = format!("{rate:.0}/s, {PARALLEL} at a time");
    let what = "durable captures of stopped sandboxes, 2 workers";
    report.value(what, figure, "(≥ 500/s for no-ops)", None);
    for app in apps {
        delete(stack, &app).await?;
    }
    Ok(())
}

pub(crate) async fn delete(stack: &Stack, app: &str) -> anyhow::Result<()> {
    let path = format!("/v1/apps/{app}?snapshots=delete");
    stack.client.run(Method::DELETE, &path, None).await.map(|_| ())
}

/// A worker that is killed while it starts a sandbox: how long until another has the operation.
pub(crate) async fn measure_rescue(stack: &mut Stack, report: &mut Report) -> anyhow::Result<()> {
    let (app, sandbox) = create(stack, "blank").await?;
    let mut samples = Samples::default();
    for _ in 0..RESCUES {
        let path = format!("/v1/sandboxes/{sandbox}/stop");
        stack.client.run(Method::POST, &path, None).await?;
        let path = format!("/v1/sandboxes/{sandbox}/start");
        let operation = stack.client.begin(Method::POST, &path, None).await?;
        let Some(holder) = running_worker(stack, &operation).await? else {
            stack.client.ended(&operation, Duration::from_secs(30)).await?;
            continue;
        };
        let died = Instant::now();
        stack.workers[holder].kill()?;
        let rescued = |operation: &Value| operation["attempt"].as_i64() >= Some(2);
        while !rescued(&read(stack, &operation).await?) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        samples.add(died.elapsed());
        stack.client.ended(&operation, Duration::from_secs(30)).await?;
        stack.workers.remove(holder);
        stack.start_worker(&[])?;
    }
    let two_seconds = Target { share: 1.0, at_most: 2_000.0 };
    report.times("worker killed → its operation runs elsewhere", &samples, &[two_seconds]);
    delete(stack, &app).await
}

async fn read(stack: &Stack, operation: &Value) -> anyhow::Result<Value> {
    Ok(stack.client.get(&format!("/v1/operations/{}", id(operation, "id")?)).await?.json())
}

/// Which worker has the operation; none if it has ended already. Workers say their name in their
/// log.
async fn running_worker(stack: &Stack, operation: &Value) -> anyhow::Result<Option<usize>> {
    loop {
        let found = read(stack, operation).await?;
        if found["status"] == "succeeded" {
            return Ok(None);
        }
        if let Some(name) = found["worker"].as_str() {
            return Ok(stack.workers.iter().position(|worker| worker.log().contains(name)));
        }
    }
}
