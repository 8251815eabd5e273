//! `admin`: what an operator does to an installation by hand; a file per verb.

mod rotate_key;

use clap::{Args, Subcommand};
use sandboxd_shared::config::DataOptions;
use sandboxd_shared::telemetry::{self, LogOptions};

/// Settings of `admin`.
#[derive(Debug, Args)]
pub struct AdminOptions {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    log: LogOptions,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Makes a new master key, seals all config with it and drops the old one. Nothing has to be
    /// restarted; can be broken off and begun again.
    RotateKey(rotate_key::RotateKey),
}

pub(super) async fn run(options: AdminOptions) -> anyhow::Result<()> {
    telemetry::init(&options.log);
    match options.verb {
        Verb::RotateKey(verb) => rotate_key::run(&options.data, verb).await,
    }
}
