//! Log lines, as text or JSON, on standard error.

use std::io::{IsTerminal, stderr};

use clap::{Args, ValueEnum};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use super::TARGET;

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

impl LogOptions {
    /// What writes the lines.
    pub(super) fn layer<S>(&self) -> Box<dyn Layer<S> + Send + Sync>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let chosen = EnvFilter::try_new(&self.log).unwrap_or_else(|_| EnvFilter::new("info"));
        // The hint leaves that of `chosen` in force: lines below it cost nothing.
        let spans = filter_fn(|of| of.target() != TARGET).with_max_level_hint(LevelFilter::TRACE);
        let filter = chosen.and(spans);
        match self.log_format {
            LogFormat::Json => {
                let lines = fmt::layer().json().flatten_event(true).with_writer(stderr);
                lines.with_filter(filter).boxed()
            }
            LogFormat::Text => {
                let colours = stderr().is_terminal();
                let lines = fmt::layer().with_target(false).with_ansi(colours).with_writer(stderr);
                lines.with_filter(filter).boxed()
            }
        }
    }
}
