//! `sandboxd-worker`: runs jobs on one Docker engine.

use clap::Parser;
use sandboxd_shared::metrics::Process;
use sandboxd_shared::telemetry;
use sandboxd_worker::config::WorkerConfig;
use sandboxd_worker::firewall::{Firewall, bridge_name};
use sandboxd_worker::process;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = WorkerConfig::parse();
    let _telemetry = telemetry::start(&config.log, &config.traces, Process::Worker)?;
    #[cfg(feature = "failpoints")]
    if let Some(spec) = &config.failpoints {
        sandboxd_worker::failpoint::arm_from(spec, config.failpoints_dir.as_deref())?;
    }
    if config.remove_firewall {
        return Ok(Firewall::remove(&bridge_name(&config.network)).await?);
    }
    let shutdown = CancellationToken::new();
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        stop.cancel();
    });
    process::start(config, shutdown).await
}
