//! Logs: one line per request and per attempt of a job, as text or JSON.

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For a person.
    Text,
    /// For a collector.
    Json,
}

/// What is logged and how.
#[derive(Debug, Clone, Args)]
pub struct LogOptions {
    /// Which lines, as `tracing` filter directives.
    #[arg(
        long,
        env = "SANDBOXD_LOG",
        default_value = "info,sqlx=warn,apalis=warn,apalis_core=warn,apalis_sqlite=warn"
    )]
    pub log: String,
    /// Text or JSON lines.
    #[arg(long, env = "SANDBOXD_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

/// Starts logging to standard error. Called once, in `main`.
pub fn init(options: &LogOptions) {
    let filter = EnvFilter::try_new(&options.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    match options.log_format {
        LogFormat::Json => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_writer(std::io::stderr),
            )
            .init(),
        LogFormat::Text => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_target(false)
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_writer(std::io::stderr),
            )
            .init(),
    }
}
