//! A worker that is killed while it starts a sandbox: how long until another has the operation.

use std::time::{Duration, Instant};

use hyper::Method;
use sandboxd_tests::Stack;
use serde_json::Value;

use crate::asking::{act, create, delete, read};
use crate::bench::Bench;
use crate::figures::{Samples, Target};

/// Its process is known to be dead on this host.
const RESCUED: Target = Target { share: 0.99, at_most: 2_000.0 };
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let (stack, report, size) = bench.parts().await?;
    let (app, sandbox) = create(stack, "blank").await?;
    let mut samples = Samples::default();
    for _ in 0..size.kills {
        act(stack, &sandbox, "stop").await?;
        let path = format!("/v1/sandboxes/{sandbox}/start");
        let operation = stack.client.begin(Method::POST, &path, None).await?;
        let Some(holder) = running_worker(stack, &operation).await? else {
            stack.client.ended(&operation, LIMIT).await?;
            continue;
        };
        let died = Instant::now();
        stack.workers[holder].kill()?;
        while read(stack, &operation).await?["attempt"].as_i64() < Some(2) {
            anyhow::ensure!(died.elapsed() < LIMIT, "nobody takes it over:\n{}", stack.logs());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        samples.add(died.elapsed());
        stack.client.ended(&operation, LIMIT).await?;
        stack.workers.remove(holder);
        stack.start_worker(&[])?;
        stack.ready().await?;
    }
    report.times("worker killed → its operation runs elsewhere", &samples, &[RESCUED]);
    delete(stack, &app).await
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
