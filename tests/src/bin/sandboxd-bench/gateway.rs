//! Waking by a visit, alone and by a crowd, and memory.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::ensure;
use futures::future::join_all;
use hyper::Method;
use sandboxd_tests::{Process, Stack};
use serde_json::Value;

use crate::figures::{Report, Samples, Target};
use crate::lifecycle::create;
use crate::queue::delete;

const WAKES: usize = 10;
const CROWD: usize = 1_000;
/// What may come on top of the engine's own time.
const OVER_ENGINE_MS: f64 = 60.0;

pub(crate) async fn measure(
    stack: &Stack,
    report: &mut Report,
    engine: &Samples,
) -> anyhow::Result<()> {
    let (app, sandbox) = create(stack, "static").await?;
    let url = stack.preview_url(&sandbox).await?;
    let (mut running, mut answered) = (Samples::default(), Samples::default());
    for _ in 0..WAKES {
        stop(stack, &sandbox).await?;
        let begun = Instant::now();
        let visit = stack.client.preview(&url);
        let up = async {
            loop {
                let found = stack.client.get(&format!("/v1/sandboxes/{sandbox}")).await?.json();
                if found["status"] == "running" {
                    return anyhow::Ok(begun.elapsed());
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let (visit, up) = tokio::join!(visit, up);
        ensure!(visit?.status == 200, "a wake is answered");
        running.add(up?);
        answered.add(begun.elapsed());
    }
    let over = Target { share: 0.5, at_most: engine.percentile(0.5) + OVER_ENGINE_MS };
    report.times("wake: visit → container runs", &running, &[over]);
    report.times("wake: visit → the app's answer", &answered, &[]);
    crowd(stack, report, &sandbox, &url).await?;
    memory(stack, report);
    delete(stack, &app).await
}

async fn stop(stack: &Stack, sandbox: &str) -> anyhow::Result<()> {
    let path = format!("/v1/sandboxes/{sandbox}/stop");
    stack.client.run(Method::POST, &path, None).await.map(|_| ())
}

async fn starts(stack: &Stack, sandbox: &str) -> anyhow::Result<usize> {
    let path = format!("/v1/operations?sandbox_id={sandbox}&kind=sandbox.start&limit=200");
    let found: Value = stack.client.get(&path).await?.json();
    Ok(found["operations"].as_array().map_or(0, Vec::len))
}

async fn crowd(stack: &Stack, report: &mut Report, sandbox: &str, url: &str) -> anyhow::Result<()> {
    stop(stack, sandbox).await?;
    let before = starts(stack, sandbox).await?;
    let visits = join_all((0..CROWD).map(|_| stack.client.preview(url))).await;
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    for visit in visits {
        let answer = visit.map_or_else(|_| "none".to_owned(), |found| found.status.to_string());
        *answers.entry(answer).or_default() += 1;
    }
    let started = starts(stack, sandbox).await? - before;
    let figure = format!("{started} start, answers {answers:?}");
    report.value("1,000 hits at once on a sleeping sandbox", figure, "1 start", Some(started == 1));
    Ok(())
}

/// Resident memory of a process in MiB (`proc(5)`, VmRSS).
fn rss_mib(process: &Process) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", process.pid()));
    let line = text.unwrap_or_default();
    let line = line.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default().to_owned();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn memory(stack: &Stack, report: &mut Report) {
    let api = stack.api.as_ref().map_or(0.0, rss_mib);
    let gateway = stack.gateway.as_ref().map_or(0.0, rss_mib);
    let worker = stack.workers.first().map_or(0.0, rss_mib);
    let sum = api + gateway + worker;
    let figure = format!("{sum:.0} MiB (API {api:.0}, gateway {gateway:.0}, worker {worker:.0})");
    report.value("resident memory, API + gateway + worker", figure, "≤ 150 MB", Some(sum <= 143.0));
}
