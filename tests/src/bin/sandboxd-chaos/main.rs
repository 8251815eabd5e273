//! Breaks an installation in every way there is, by a plan that a seed decides, while users work
//! with it, and then checks that nothing was lost, done twice or left over. Run through scripts/chaos.

mod ask;
mod checks;
mod disk;
mod engine;
mod faults;
mod legal;
mod plan;
mod report;
mod run;
mod steps;
mod trail;
mod user;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

/// Breaks an installation while users work with it, and checks what is left.
#[derive(Debug, Parser)]
struct Options {
    /// How long things break; checking comes on top.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=24 * 60))]
    minutes: u64,
    /// Decides which faults come when; a random one if not given.
    #[arg(long)]
    seed: Option<u64>,
    /// Also write the report as JSON here.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where the installation's disk goes; a short path.
    #[arg(long)]
    scratch: PathBuf,
    /// The engine's folder.
    #[arg(long)]
    engine: PathBuf,
    /// Keep the processes' logs here.
    #[arg(long)]
    logs: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(0..1_000_000));
    let mut terminate = signal(SignalKind::terminate())?;
    // What has been started ends when the run is dropped.
    let report = tokio::select! {
        report = Box::pin(run::run(&options, seed)) => report?,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
        _ = terminate.recv() => anyhow::bail!("interrupted"),
    };
    print!("{}", report.text());
    if let Some(file) = options.json {
        std::fs::write(file, format!("{:#}\n", report.json()))?;
    }
    Ok(if report.violations() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
