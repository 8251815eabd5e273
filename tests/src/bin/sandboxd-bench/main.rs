//! Measures an installation against its targets and prints a table. Run through scripts/bench.

mod asking;
mod bench;
mod cancel;
mod database;
mod figures;
mod forks;
mod gateway;
mod growth;
mod idle;
mod lifecycle;
mod memory;
mod noops;
mod queue;
mod rescue;
mod sse;
mod wake;

use std::path::PathBuf;

use bench::{Bench, Size};
use clap::{Parser, ValueEnum};

/// Measures sandboxd against its targets.
#[derive(Debug, Parser)]
struct Options {
    /// Only these, in this order.
    #[arg(long, value_enum)]
    only: Vec<What>,
    /// A short version, to see that everything works; its figures say little.
    #[arg(long)]
    quick: bool,
    /// Files in the largest workspace.
    #[arg(long, default_value_t = 100_000)]
    files: u32,
    /// Rounds of each lifecycle measurement.
    #[arg(long, default_value_t = 10)]
    rounds: u32,
    /// Also write the figures as JSON here.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Accepting an operation, and a worker's picking it up.
    Queue,
    /// Operations that do nothing, with 1, 2 and 4 workers.
    Noops,
    /// Capture, fork and restore of small and large workspaces, beside `cp -a`.
    Lifecycle,
    /// 50 forks at once.
    Forks,
    /// A visit to a sleeping sandbox, and 1,000 at once.
    Wake,
    /// The gateway beside nginx, each on one core.
    Gateway,
    /// From a commit to 500 clients that follow the timeline.
    Sse,
    /// Memory with 200 sandboxes known.
    Memory,
    /// CPU of processes that have nothing to do.
    Idle,
    /// A worker that is killed.
    Rescue,
    /// A task that is cancelled.
    Cancel,
    /// A database with a million events.
    Growth,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let size =
        if options.quick { Size::quick() } else { Size::full(options.files, options.rounds) };
    let wanted = if options.only.is_empty() { What::value_variants() } else { &options.only };
    let mut bench = Bench::new(size);
    let mut failed = Ok(());
    for what in wanted {
        failed = measure(&mut bench, *what).await;
        if failed.is_err() {
            break;
        }
    }
    bench.end();
    bench.report.print();
    if let Some(file) = options.json {
        std::fs::write(file, bench.report.json())?;
    }
    failed
}

async fn measure(bench: &mut Bench, what: What) -> anyhow::Result<()> {
    match what {
        What::Queue => queue::measure(bench).await,
        What::Noops => noops::measure(bench).await,
        What::Lifecycle => lifecycle::measure(bench).await,
        What::Forks => forks::measure(bench).await,
        What::Wake => wake::measure(bench).await,
        What::Gateway => gateway::measure(bench).await,
        What::Sse => sse::measure(bench).await,
        What::Memory => memory::measure(bench).await,
        What::Idle => idle::measure(bench).await,
        What::Rescue => rescue::measure(bench).await,
        What::Cancel => cancel::measure(bench).await,
        What::Growth => growth::measure(bench).await,
    }
}
