//! What becomes of latencies as the database grows old.

use std::time::{Duration, Instant};

use sandboxd_tests::Stack;

use crate::asking::{act, create};
use crate::bench::Bench;
use crate::database::{age, open};
use crate::figures::{QUICKLY, Report, Samples};
use crate::queue::captures;

const READS: usize = 100;
/// The workers' leader refreshes the planner's statistics every 30 s.
const STATISTICS: Duration = Duration::from_secs(90);

pub(crate) async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let stack = Stack::start_with(Bench::options(2)).await?;
    let (app, sandbox) = create(&stack, "blank").await?;
    act(&stack, &sandbox, "stop").await?;
    let (report, size) = (&mut bench.report, &bench.size);
    look(&stack, report, (&app, &sandbox), size.accepts, "a new database").await?;
    let (events, operations) = size.history;
    let begun = Instant::now();
    age(&stack, (&app, &sandbox), size.history).await?;
    eprintln!("bench: rows were written in {:.0} s", begun.elapsed().as_secs_f64());
    let known = async |stack: &Stack| {
        let sql = "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'events' \
                   AND CAST(stat AS INTEGER) >= $1";
        let found: i64 =
            sqlx::query_scalar(sql).bind(events / 4).fetch_one(&mut open(stack).await?).await?;
        Ok(found > 0)
    };
    if let Err(error) = stack.until("the planner knows of the rows", STATISTICS, known).await {
        eprintln!("bench: {error}; measured all the same");
    }
    let label = format!("{events} events, {operations} operations");
    look(&stack, report, (&app, &sandbox), size.accepts, &label).await
}

async fn look(
    stack: &Stack,
    report: &mut Report,
    (app, sandbox): (&str, &str),
    accepts: usize,
    label: &str,
) -> anyhow::Result<()> {
    captures(stack, sandbox, 10).await?;
    let times = captures(stack, sandbox, accepts).await?;
    report.times(format!("POST → 202, {label}"), &times.accept, &QUICKLY);
    report.times(format!("commit → handler starts, {label}"), &times.pickup, &QUICKLY);
    for (what, path) in [
        ("operations", "/v1/operations?limit=50".to_owned()),
        ("operations of a status", "/v1/operations?limit=50&status=running".to_owned()),
        ("events", "/v1/events?limit=50".to_owned()),
        ("events of an app", format!("/v1/apps/{app}/events?limit=50")),
        ("events of a type", "/v1/events?limit=50&type=snapshot.captured".to_owned()),
        ("events that don't occur", "/v1/events?limit=50&severity=error".to_owned()),
        ("apps", "/v1/apps?limit=50".to_owned()),
        ("snapshots", "/v1/snapshots?limit=50".to_owned()),
    ] {
        let mut samples = Samples::default();
        for _ in 0..READS {
            let begun = Instant::now();
            let answer = stack.client.get(&path).await?;
            anyhow::ensure!(answer.status == 200, "{path}: {}", answer.text());
            samples.add(begun.elapsed());
        }
        report.times(format!("list of {what}, {label}"), &samples, &[]);
    }
    Ok(())
}
