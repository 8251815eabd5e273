//! What processes use that have nothing to do.

use std::time::{Duration, Instant};

use anyhow::Context;
use sandboxd_tests::Process;

use crate::bench::Bench;

const AT_MOST_PERCENT: f64 = 1.0;
const CALM: Duration = Duration::from_secs(10);
const WATCHED: Duration = Duration::from_secs(20);

/// Time on a core so far, in seconds (`proc_pid_stat(5)`, utime and stime).
fn used(process: &Process) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.pid()))?;
    let (_, fields) = stat.rsplit_once(')').context("a stat line")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks: f64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok()).sum();
    Ok(ticks / rustix::param::clock_ticks_per_second() as f64)
}

pub(crate) async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let (stack, report, _) = bench.parts().await?;
    // What went on before is over.
    tokio::time::sleep(CALM).await;
    let processes: Vec<&Process> =
        stack.api.iter().chain(&stack.gateway).chain(&stack.workers).collect();
    let before = processes.iter().map(|process| used(process)).collect::<Result<Vec<_>, _>>()?;
    let begun = Instant::now();
    tokio::time::sleep(WATCHED).await;
    let over = begun.elapsed().as_secs_f64();
    for (process, before) in processes.iter().zip(before) {
        let percent = 100.0 * (used(process)? - before) / over;
        let what = format!("idle CPU of {}", process.name());
        let met = Some(percent <= AT_MOST_PERCENT);
        report.value(what, percent, format!("{percent:.2} % of a core"), "≤ 1 %", met);
    }
    Ok(())
}
