//! Starting both, once in `main`.

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::ExporterBuildError;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::panics;
use super::traces::provider;
use super::{LogOptions, TARGET, TraceOptions};
use crate::metrics::Process;

/// How long a process that ends waits for the collector.
const FLUSH_LIMIT: Duration = Duration::from_secs(2);

/// What is to be kept until the process ends: then what spans there are is sent.
#[derive(Debug)]
pub struct Started(Option<SdkTracerProvider>);

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(provider) = &self.0
            && let Err(error) = provider.shutdown_with_timeout(FLUSH_LIMIT)
        {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}

/// Starts the log of a command that has no traces.
pub fn init(log: &LogOptions) {
    panics::watch();
    tracing_subscriber::registry().with(log.layer()).init();
}

/// Starts the log of a process, and its traces if a collector is named. To be called inside a
/// runtime.
///
/// # Errors
/// If the collector's address can't be used.
pub fn start(
    log: &LogOptions,
    traces: &TraceOptions,
    process: Process,
) -> Result<Started, ExporterBuildError> {
    let Some(endpoint) = &traces.otlp_endpoint else {
        init(log);
        return Ok(Started(None));
    };
    panics::watch();
    let provider = provider(endpoint, process)?;
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("sandboxd"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(Targets::new().with_target(TARGET, LevelFilter::INFO));
    tracing_subscriber::registry().with(log.layer()).with(spans).init();
    tracing::info!(endpoint = endpoint.as_str(), "sending traces");
    Ok(Started(Some(provider)))
}
