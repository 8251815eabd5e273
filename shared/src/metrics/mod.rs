//! What a process tells of itself in numbers: the names, the functions that record them, and the
//! page that Prometheus reads. Recording costs nothing in a process that serves no page.
//!
//! Labels are taken from sets that the code knows (kinds, steps, routes, calls), never from ids,
//! tenants or what a client sent.

mod listen;
mod names;
mod options;
mod page;
mod record;

pub use listen::serve;
pub use names::{ALL, Kind, Metric};
pub use options::{MetricsBind, MetricsOptions, Process};
pub use page::Page;
pub use record::{
    Open, attempt_ended, database_up, database_waited, docker_called, node_state, operation_began,
    operation_ended, operation_rescued, preview_answered, preview_refused, preview_woken, queues,
    request_answered, sandboxes, step_ended, stream_opened, workers,
};
