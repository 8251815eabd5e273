//! Many forks at once.

use std::time::{Duration, Instant};

use futures::future::try_join_all;
use hyper::Method;
use serde_json::json;

use crate::asking::{act, capture, create, delete, id};
use crate::bench::Bench;
use crate::figures::Samples;
use crate::lifecycle::engine_alone;

const LIMIT: Duration = Duration::from_secs(300);
/// How often the engine alone is measured.
const ENGINE_ROUNDS: u32 = 5;

pub(crate) async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let (stack, report, size) = bench.parts().await?;
    let mut engine = Samples::default();
    for _ in 0..ENGINE_ROUNDS {
        engine.add(engine_alone(stack)?);
    }
    let (app, sandbox) = create(stack, "blank").await?;
    act(stack, &sandbox, "stop").await?;
    let snapshot = id(&capture(stack, &sandbox, false).await?, "snapshot_id")?;
    let (path, body) = (format!("/v1/apps/{app}/fork"), json!({ "snapshot_id": snapshot }));
    let begun = Instant::now();
    let forks = (0..size.forks).map(|_| async {
        let accepted = stack.client.begin(Method::POST, &path, Some(&body)).await?;
        let ended = stack.client.ended(&accepted, LIMIT).await?;
        anyhow::ensure!(ended["status"] == "succeeded", "a fork failed: {ended:#}");
        anyhow::Ok((begun.elapsed(), id(&ended["result"]["app"], "id")?))
    });
    let done = try_join_all(forks).await?;
    let all = begun.elapsed().as_secs_f64();
    let mut times = Samples::default();
    done.iter().for_each(|(took, _)| times.add(*took));
    let count = size.forks;
    report.times(format!("{count} forks at once: POST → container runs"), &times, &[]);
    let alone = engine.percentile(0.5) * count as f64 / 1000.0;
    let figure = format!("{all:.1} s; the engine alone, one after the other, {alone:.1} s");
    report.value(format!("{count} forks at once, all of them"), all, figure, "", None);
    for (_, child) in done {
        delete(stack, &child).await?;
    }
    delete(stack, &app).await
}
