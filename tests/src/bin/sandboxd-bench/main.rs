//! Measures an installation against its targets and prints a table. Run through scripts/bench.

mod figures;
mod gateway;
mod lifecycle;
mod queue;

use std::path::PathBuf;

use clap::Parser;
use figures::Report;
use sandboxd_tests::{Stack, StackOptions};

/// Measures sandboxd against its targets.
#[derive(Debug, Parser)]
struct Options {
    /// Files in the large workspace.
    #[arg(long, default_value_t = 100_000)]
    files: u32,
    /// Rounds of each lifecycle measurement.
    #[arg(long, default_value_t = 10)]
    rounds: u32,
    /// Also write the figures as JSON here.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let mut report = Report::default();
    // What is measured is not the tenant's limits.
    let unlimited = ["OPERATIONS_PER_MINUTE", "REQUESTS_PER_MINUTE", "RUNNING", "SANDBOXES"]
        .map(|quota| (format!("SANDBOXD_QUOTA_{quota}"), "0".to_owned()));
    let options_of_stack = StackOptions { env: unlimited.to_vec(), ..StackOptions::default() };
    let mut stack = Stack::start_with(options_of_stack).await?;
    queue::measure(&mut stack, &mut report).await?;
    let engine = lifecycle::engine_alone(&stack, options.rounds)?;
    for files in [100, options.files] {
        lifecycle::measure(&stack, &mut report, files, options.rounds, &engine).await?;
    }
    gateway::measure(&stack, &mut report, &engine).await?;
    queue::measure_rescue(&mut stack, &mut report).await?;
    drop(stack);
    report.print();
    if let Some(file) = options.json {
        std::fs::write(file, report.json())?;
    }
    Ok(())
}
