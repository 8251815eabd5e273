//! How soon clients that follow the timeline know of a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};
use sandboxd_tests::Stack;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::asking::{act, capture, create, delete};
use crate::bench::Bench;
use crate::figures::{Samples, Target};

const LAG: Target = Target { share: 0.99, at_most: 50.0 };
/// What the suites' tenant says.
const TOKEN: &str = "alice-token-for-tests";
const READY: Duration = Duration::from_secs(30);
/// How long the last event may take to the slowest client.
const LAST: Duration = Duration::from_secs(10);

pub(crate) async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let (stack, report, size) = bench.parts().await?;
    let (clients, operations) = size.streams;
    let (app, sandbox) = create(stack, "blank").await?;
    act(stack, &sandbox, "stop").await?;
    let (open, last) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut streams = JoinSet::new();
    for _ in 0..clients {
        streams.spawn(follow(stack.ports().0, Arc::clone(&open), Arc::clone(&last)));
    }
    let all_open = async |_: &Stack| Ok(open.load(Ordering::SeqCst) == clients);
    stack.until("all streams are open", READY, all_open).await?;
    for _ in 0..operations {
        capture(stack, &sandbox, false).await?;
    }
    // The end of the last operation has come to everybody when the app's deletion has, which tells of
    // all its snapshots' at once.
    delete(stack, &app).await?;
    let all_done = async |_: &Stack| Ok(last.load(Ordering::SeqCst) == clients);
    stack.until("all clients are told of the end", LAST, all_done).await?;
    let (mut lags, mut bulk) = (Samples::default(), Samples::default());
    while let Some(done) = streams.join_next().await {
        let heard = done??;
        let (events, deleted) = (heard.one_by_one.count(), heard.at_once.count());
        ensure!(
            events >= 2 * operations && deleted >= operations,
            "{events}, {deleted} events came"
        );
        lags.extend(heard.one_by_one);
        bulk.extend(heard.at_once);
    }
    report.times(format!("SSE: commit → each of {clients} clients"), &lags, &[LAG]);
    let what =
        format!("SSE: one commit of more than {operations} events → each of {clients} clients");
    report.times(what, &bulk, &[]);
    Ok(())
}

/// Reads the timeline until an app's deletion, and says how old each event was when it came. An
/// event has the time of the transaction that it was written in, so the commit is counted too.
async fn follow(
    port: u16,
    open: Arc<AtomicUsize>,
    last: Arc<AtomicUsize>,
) -> anyhow::Result<Heard> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!(
        "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\
         Accept: text/event-stream\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut lines = BufReader::new(stream).lines();
    // What they say is read later: the clients share the machine with what they measure.
    let mut heard = Vec::new();
    while let Some(line) = lines.next_line().await? {
        if line.trim().eq_ignore_ascii_case("content-type: text/event-stream") {
            open.fetch_add(1, Ordering::SeqCst);
        }
        if !line.starts_with("data:") {
            continue;
        }
        let ended = line.contains("\"app.deleted\"");
        heard.push((now_ms(), line));
        if ended {
            last.fetch_add(1, Ordering::SeqCst);
            return Heard::of(&heard);
        }
    }
    anyhow::bail!("the stream ended")
}

/// How old events were when they came to a client.
#[derive(Default)]
struct Heard {
    /// Of operations, one after the other.
    one_by_one: Samples,
    /// Of one transaction that tells of many things, and those behind it.
    at_once: Samples,
}

impl Heard {
    /// By when each line came, and what it says.
    fn of(lines: &[(f64, String)]) -> anyhow::Result<Self> {
        let mut heard = Self::default();
        let mut deleting = false;
        for (came, line) in lines {
            let event: Value = serde_json::from_str(line.trim_start_matches("data:").trim())?;
            let Some(at) = event["created_at"].as_str() else { continue };
            let at =
                humantime::parse_rfc3339(at)?.duration_since(UNIX_EPOCH)?.as_secs_f64() * 1000.0;
            // What comes right behind waits for it.
            deleting |= event["type"] == "snapshot.deleted";
            let samples = if deleting { &mut heard.at_once } else { &mut heard.one_by_one };
            samples.add_ms((came - at).max(0.0));
        }
        Ok(heard)
    }
}

#[expect(clippy::disallowed_methods, reason = "the events' times are the host's")]
fn now_ms() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.context("the clock").map_or(0.0, |since| since.as_secs_f64() * 1000.0)
}
