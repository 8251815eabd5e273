//! `sandboxd-api`: the HTTP API, and the commands of whoever runs it.

use clap::Parser;
use sandboxd_api::cli::Cli;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Cli::parse().run().await
}
