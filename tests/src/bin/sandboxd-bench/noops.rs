//! How many durable operations a second come through that have nothing to do.

use std::time::Instant;

use futures::future::try_join_all;
use sandboxd_tests::Stack;

use crate::asking::{act, capture, create};
use crate::bench::{Bench, Size};
use crate::database::clone_app;

/// The target, with two workers.
const PER_SECOND: f64 = 500.0;

pub(crate) async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    for workers in [1, 2, 4] {
        let mut options = Bench::options(workers);
        options.env.push(("SANDBOXD_QUEUES".to_owned(), "control=8,snapshot=16".to_owned()));
        let stack = Stack::start_with(options).await?;
        let (rate, busy) = rate(&stack, &bench.size).await?;
        let target = if workers == 2 { "≥ 500/s, no BUSY reaches a caller" } else { "" };
        let met = (workers == 2).then_some(rate >= PER_SECOND && !busy);
        let what = format!("no-op operations, end to end, durable, {workers} workers");
        let figure = format!("{rate:.0}/s, {} at a time", bench.size.parallel.0);
        bench.report.value(what, rate, figure, target, met);
    }
    Ok(())
}

/// Captures of stopped and empty sandboxes, a second, and whether the log tells of a busy database.
async fn rate(stack: &Stack, size: &Size) -> anyhow::Result<(f64, bool)> {
    let (parallel, rounds) = size.parallel;
    let (app, sandbox) = create(stack, "blank").await?;
    act(stack, &sandbox, "stop").await?;
    let sandboxes = clone_app(stack, &app, parallel).await?;
    let begun = Instant::now();
    let loops = sandboxes.iter().map(|sandbox| async move {
        for _ in 0..rounds {
            capture(stack, sandbox, false).await?;
        }
        anyhow::Ok(())
    });
    try_join_all(loops).await?;
    let rate = (parallel * rounds) as f64 / begun.elapsed().as_secs_f64();
    Ok((rate, stack.logs().contains("database is locked")))
}
