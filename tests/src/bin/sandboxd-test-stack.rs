//! An installation for suites that aren't written in Rust, with a fake model that its sandboxes
//! reach. Prints where it is as one line of JSON, then does what lines on its standard input say, and
//! ends with its input: `stop-api`, `kill-api`, `start-api`; `arm <points>` starts the workers anew
//! with these failpoints, which fire once in all; `reached <point>` waits until one has fired;
//! `resume` lets workers go on that one has stopped.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::Signal;
use sandboxd_tests::model::FakeModel;
use sandboxd_tests::{Internet, Stack, StackOptions};
use serde_json::json;

/// The piece of TEST-NET-3 that no other suite takes.
const INTERNET: u8 = 15;
/// How long a stopped API may take.
const STOP_LIMIT: Duration = Duration::from_secs(20);
/// How long it may take until a failpoint is reached.
const REACH_LIMIT: Duration = Duration::from_secs(20);
/// As many as an installation has unless it is told.
const WORKERS: usize = 2;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let internet = Internet::make(INTERNET)?;
    let model = FakeModel::start(&internet)?;
    let mut stack = Stack::start_with(StackOptions::default()).await?;
    say(&json!({
        // For agents, as their `ANTHROPIC_BASE_URL`.
        "model": model.base_url,
        "url": stack.api_url().replace("127.0.0.1", "localhost"),
        "token": "alice-token-for-tests",
        "data": stack.data,
        "bins": stack.settings.bins,
    }))?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (command, argument) = line.split_once(' ').unwrap_or((&line, ""));
        match command {
            "stop-api" => stop_api(&mut stack).await?,
            "kill-api" => {
                stack.api.take().context("the API runs")?.kill()?;
            }
            "start-api" => {
                stack.start_api()?;
                stack.ready().await?;
            }
            "arm" => arm(&mut stack, argument).await?,
            "reached" => reached(&stack, argument).await?,
            "resume" => {
                for worker in &mut stack.workers {
                    worker.signal(Signal::CONT)?;
                }
            }
            other => bail!("no command: {other}"),
        }
        say(&json!({ "done": true }))?;
    }
    Ok(())
}

async fn stop_api(stack: &mut Stack) -> anyhow::Result<()> {
    let mut api = stack.api.take().context("the API runs")?;
    api.signal(Signal::TERM)?;
    api.wait(STOP_LIMIT).await?;
    Ok(())
}

/// Where a point that has fired leaves a file with its name.
fn markers(stack: &Stack) -> PathBuf {
    stack.data.join("failpoints")
}

async fn arm(stack: &mut Stack, points: &str) -> anyhow::Result<()> {
    let markers = markers(stack);
    if markers.exists() {
        std::fs::remove_dir_all(&markers)?;
    }
    std::fs::create_dir(&markers)?;
    let folder = markers.display().to_string();
    stack.workers.clear();
    for _ in 0..WORKERS {
        stack.start_worker(&[
            ("SANDBOXD_FAILPOINTS", points),
            ("SANDBOXD_FAILPOINTS_DIR", &folder),
        ])?;
    }
    stack.ready().await
}

async fn reached(stack: &Stack, point: &str) -> anyhow::Result<()> {
    let marker = markers(stack).join(point);
    stack.until(point, REACH_LIMIT, async |_| Ok(marker.exists())).await
}

fn say(what: &serde_json::Value) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what}")?;
    Ok(out.flush()?)
}
