//! Memory of the processes of an installation that knows many sandboxes.

use sandboxd_tests::{Process, Stack};

use crate::asking::{act, capture, create};
use crate::bench::Bench;
use crate::database::clone_app;

const KNOWN: usize = 200;
const AT_MOST_MB: f64 = 150.0;

/// Resident memory of a process in MB (`proc(5)`, VmRSS).
fn rss_mb(process: Option<&Process>) -> f64 {
    let Some(process) = process else { return 0.0 };
    let text = std::fs::read_to_string(format!("/proc/{}/status", process.pid()));
    let line = text.unwrap_or_default();
    let line = line.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default().to_owned();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) * 1.024
        / 1000.0
}

/// An installation of its own: what others have measured before is not in it.
pub(crate) async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let stack = Stack::start_with(Bench::options(1)).await?;
    let (app, sandbox) = create(&stack, "static").await?;
    act(&stack, &sandbox, "stop").await?;
    let known = clone_app(&stack, &app, KNOWN - 1).await?;
    // Each is worked on once, and looked at by everybody.
    for sandbox in &known {
        capture(&stack, sandbox, false).await?;
    }
    stack.client.get("/v1/sandboxes?limit=200").await?;
    let url = stack.preview_url(&sandbox).await?;
    anyhow::ensure!(stack.client.preview(&url).await?.status == 200, "a preview answers");
    let [api, gateway, worker] =
        [stack.api.as_ref(), stack.gateway.as_ref(), stack.workers.first()].map(rss_mb);
    let sum = api + gateway + worker;
    let figure = format!("{sum:.0} MB (API {api:.0}, gateway {gateway:.0}, worker {worker:.0})");
    let what = format!("resident memory, API + gateway + worker, {KNOWN} sandboxes known");
    bench.report.value(what, sum, figure, "≤ 150 MB", Some(sum <= AT_MOST_MB));
    Ok(())
}
