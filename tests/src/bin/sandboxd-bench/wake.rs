//! Waking by a visit, alone and by a crowd.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::ensure;
use futures::future::join_all;
use sandboxd_tests::Stack;
use serde_json::Value;

use crate::asking::{act, create, delete};
use crate::bench::Bench;
use crate::figures::{Report, Samples, Target};
use crate::lifecycle::{OVER_ENGINE_MS, engine_alone};

pub(crate) async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let (stack, report, size) = bench.parts().await?;
    let (app, sandbox) = create(stack, "static").await?;
    let url = stack.preview_url(&sandbox).await?;
    let (mut running, mut answered) = (Samples::default(), Samples::default());
    let mut engine = Samples::default();
    for _ in 0..size.wakes {
        act(stack, &sandbox, "stop").await?;
        let begun = Instant::now();
        let visit = async { (stack.client.preview(&url).await, begun.elapsed()) };
        let up = async {
            loop {
                let found = stack.client.get(&format!("/v1/sandboxes/{sandbox}")).await?.json();
                if found["status"] == "running" {
                    return anyhow::Ok(begun.elapsed());
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let ((visit, took), up) = tokio::join!(visit, up);
        ensure!(visit?.status == 200, "a wake is answered");
        running.add(up?);
        answered.add(took);
        engine.add(engine_alone(stack)?);
    }
    report.times("docker create + start alone, beside wakes", &engine, &[]);
    let over = Target { share: 0.5, at_most: engine.percentile(0.5) + OVER_ENGINE_MS };
    report.times("wake: visit → container runs", &running, &[over]);
    report.times("wake: visit → the app's answer", &answered, &[]);
    crowd(stack, report, (&sandbox, &url), size.crowd).await?;
    delete(stack, &app).await
}

async fn starts(stack: &Stack, sandbox: &str) -> anyhow::Result<usize> {
    let path = format!("/v1/operations?sandbox_id={sandbox}&kind=sandbox.start&limit=200");
    let found: Value = stack.client.get(&path).await?.json();
    Ok(found["operations"].as_array().map_or(0, Vec::len))
}

async fn crowd(
    stack: &Stack,
    report: &mut Report,
    (sandbox, url): (&str, &str),
    visitors: usize,
) -> anyhow::Result<()> {
    act(stack, sandbox, "stop").await?;
    let before = starts(stack, sandbox).await?;
    let visits = join_all((0..visitors).map(|_| stack.client.preview(url))).await;
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    for visit in visits {
        let answer = visit.map_or_else(|_| "none".to_owned(), |found| found.status.to_string());
        *answers.entry(answer).or_default() += 1;
    }
    let started = starts(stack, sandbox).await? - before;
    let figure = format!("{started} start, answers {answers:?}");
    let what = format!("{visitors} hits at once on a sleeping sandbox");
    let all_answered = answers.len() == 1 && answers.contains_key("200 OK");
    let met = Some(started == 1 && all_answered);
    report.value(what, started as f64, figure, "1 start, all answered", met);
    Ok(())
}
