//! Accepting an operation, and how soon a worker has it.

use std::time::{Duration, Instant};

use anyhow::Context;
use hyper::Method;
use sandboxd_tests::Stack;

use crate::asking::{act, capture_of, create, delete};
use crate::bench::Bench;
use crate::figures::{QUICKLY, Samples};

/// Times of operations one after the other.
#[derive(Debug, Default)]
pub(crate) struct Times {
    /// From the request to its answer.
    pub(crate) accept: Samples,
    /// From the commit to the handler's start, in another process; the API tells it in whole ms.
    pub(crate) pickup: Samples,
    /// From the request until its client sees the end.
    pub(crate) whole: Samples,
}

/// Captures a stopped sandbox again and again: there is nothing to be sealed.
pub(crate) async fn captures(stack: &Stack, sandbox: &str, count: usize) -> anyhow::Result<Times> {
    let mut times = Times::default();
    for _ in 0..count {
        let body = capture_of(sandbox, false);
        let begun = Instant::now();
        let operation = stack.client.begin(Method::POST, "/v1/snapshots", Some(&body)).await?;
        times.accept.add(begun.elapsed());
        let ended = stack.client.ended(&operation, Duration::from_secs(10)).await?;
        times.whole.add(begun.elapsed());
        times.pickup.add_ms(ended["queue_ms"].as_f64().context("queue_ms")?);
    }
    Ok(times)
}

pub(crate) async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let (stack, report, size) = bench.parts().await?;
    let (app, sandbox) = create(stack, "blank").await?;
    act(stack, &sandbox, "stop").await?;
    // What is new is slow once.
    captures(stack, &sandbox, 10).await?;
    let times = captures(stack, &sandbox, size.accepts).await?;
    report.times("POST → 202, committed", &times.accept, &QUICKLY);
    report.times("commit → handler starts, another process", &times.pickup, &QUICKLY);
    report.times("POST → its end seen", &times.whole, &[]);
    delete(stack, &app).await
}
