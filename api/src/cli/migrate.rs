//! `migrate`: the schema, brought up to date by hand.

use clap::Args;
use sandboxd_shared::config::DataOptions;
use sandboxd_shared::telemetry::{self, LogOptions};

use super::installation;

/// Settings of `migrate`.
#[derive(Debug, Args)]
pub struct MigrateOptions {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    log: LogOptions,
}

pub(super) async fn run(options: MigrateOptions) -> anyhow::Result<()> {
    telemetry::init(&options.log);
    let (store, _) = installation::open(&options.data).await?;
    store.close().await;
    tracing::info!("the schema is up to date");
    Ok(())
}
