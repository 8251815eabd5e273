//! An installation for suites that aren't written in Rust, with a fake model that its sandboxes
//! reach. Prints where it is as one line of JSON, then does what lines on its standard input say:
//! `stop-api`, `start-api`. Ends with its input.

use std::io::{self, BufRead, Write};
use std::time::Duration;

use anyhow::{Context, bail};
use sandboxd_tests::model::FakeModel;
use sandboxd_tests::{Internet, Stack, StackOptions};
use serde_json::json;

/// The piece of TEST-NET-3 that no other suite takes.
const INTERNET: u8 = 15;
/// How long a stopped API may take.
const STOP_LIMIT: Duration = Duration::from_secs(20);

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
        match line?.as_str() {
            "stop-api" => stop_api(&mut stack).await?,
            "start-api" => {
                stack.start_api()?;
                stack.ready().await?;
            }
            other => bail!("no command: {other}"),
        }
        say(&json!({ "done": true }))?;
    }
    Ok(())
}

async fn stop_api(stack: &mut Stack) -> anyhow::Result<()> {
    let mut api = stack.api.take().context("the API runs")?;
    api.signal(rustix::process::Signal::TERM)?;
    api.wait(STOP_LIMIT).await?;
    Ok(())
}

fn say(what: &serde_json::Value) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what}")?;
    Ok(out.flush()?)
}
