//! Logs and traces of a process. Logs are one line per request and per attempt of a job. Traces are
//! off unless a collector is named: spans that lead from a request over its operation, whoever works
//! on it, to the calls of the engine.

mod context;
mod endpoint;
mod log;
mod panics;
mod start;
mod traces;

pub use context::{current, follow, is_traced};
pub use endpoint::{Endpoint, TraceOptions};
pub use log::{LogFormat, LogOptions};
pub use start::{Started, init, start};

/// What spans of traces have as target. Nothing else has: no line of the log is in a trace, and no
/// span in the log.
pub const TARGET: &str = "sandboxd::trace";

/// A span of a trace, with its name and its fields. Where traces are off its fields are not even
/// computed.
#[macro_export]
macro_rules! traced {
    ($($rest:tt)*) => { tracing::info_span!(target: $crate::telemetry::TARGET, $($rest)*) };
}
