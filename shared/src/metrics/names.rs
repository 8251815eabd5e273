//! Every metric, with what it says.

/// How a metric behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows while its process lives.
    Counter,
    /// A state.
    Gauge,
    /// How often something took how long, seconds.
    Histogram,
}

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name in Prometheus.
    pub name: &'static str,
    /// How it behaves.
    pub kind: Kind,
    /// What it says.
    pub help: &'static str,
}

macro_rules! metrics {
    ($($id:ident = $kind:ident $name:literal, $help:literal;)*) => {
        $(pub(super) const $id: &str = $name;)*

        /// All of them.
        pub const ALL: &[Metric] =
            &[$(Metric { name: $name, kind: Kind::$kind, help: $help }),*];
    };
}

metrics! {
    BUILD_INFO = Gauge "sandboxd_build_info", "1; the labels say which process this is, and its version.";
    DATABASE_WAIT = Histogram "sandboxd_database_write_wait_seconds",
        "How long this process waited for the database's one writer.";

    REQUESTS = Counter "sandboxd_http_requests_total", "Requests to the API that were answered.";
    REQUEST_SECONDS = Histogram "sandboxd_http_request_duration_seconds",
        "How long the API took until an answer's head.";
    STREAMS = Gauge "sandboxd_sse_clients", "Live streams that clients follow.";

    DATABASE_UP = Gauge "sandboxd_database_up", "Whether the API could read the database for this page.";
    QUEUE_DEPTH = Gauge "sandboxd_queue_depth", "Operations that wait, back-off included.";
    QUEUE_RUNNING = Gauge "sandboxd_queue_running", "Operations that run.";
    QUEUE_OLDEST = Gauge "sandboxd_queue_oldest_age_seconds",
        "For how long the operation that waits longest has waited; 0 if none waits.";
    WORKERS = Gauge "sandboxd_workers", "Workers that were heard of in the last 15 s.";
    SANDBOXES = Gauge "sandboxd_sandboxes", "Sandboxes by status.";
    ENGINE_UP = Gauge "sandboxd_engine_up", "Whether the node's container engine can be used.";
    FIREWALL_UP = Gauge "sandboxd_firewall_up",
        "Whether the rules that keep the node's sandboxes apart are in place.";

    OPERATIONS = Counter "sandboxd_operations_total", "Operations that ended.";
    OPERATION_SECONDS = Histogram "sandboxd_operation_duration_seconds",
        "How long operations took from their acceptance to their end.";
    QUEUE_SECONDS = Histogram "sandboxd_operation_queue_seconds",
        "How long operations waited for their first attempt.";
    ATTEMPTS = Counter "sandboxd_operation_attempts_total", "Attempts at operations that ended.";
    RESCUES = Counter "sandboxd_operations_rescued_total",
        "Operations that this worker took from workers that went away.";
    STEP_SECONDS = Histogram "sandboxd_step_duration_seconds", "How long the steps of operations took.";
    DOCKER_SECONDS = Histogram "sandboxd_docker_call_duration_seconds",
        "How long calls to the container engine took.";

    PREVIEWS = Counter "sandboxd_gateway_requests_total", "Requests for previews that were passed on and answered.";
    PREVIEW_SECONDS = Histogram "sandboxd_gateway_request_duration_seconds",
        "How long requests for previews took until an answer's head.";
    REFUSALS = Counter "sandboxd_gateway_refusals_total",
        "Requests for previews that the gateway answered itself.";
    WAKES = Counter "sandboxd_gateway_wakes_total", "Wishes to start a sleeping sandbox.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The metrics that a file of docs/observability names, without the endings of histograms.
    fn named_in(text: &str) -> HashSet<&str> {
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|word| word.starts_with("sandboxd_"))
            .map(|word| {
                let end = ["_bucket", "_count", "_sum"].iter().find(|end| word.ends_with(**end));
                end.map_or(word, |end| word.trim_end_matches(end))
            })
            .collect()
    }

    #[test]
    fn dashboard_and_alerts_name_what_there_is() {
        let all: HashSet<&str> = ALL.iter().map(|metric| metric.name).collect();
        let dashboard = include_str!("../../../docs/observability/dashboard.json");
        let alerts = include_str!("../../../docs/observability/alerts.yaml");
        let shown = named_in(dashboard);
        assert_eq!(shown, all, "the dashboard shows every metric, and no other");
        assert!(named_in(alerts).is_subset(&all), "{:?}", named_in(alerts));
        serde_json::from_str::<serde_json::Value>(dashboard).unwrap();
        let lines =
            |word: &str| alerts.lines().filter(|line| line.trim().starts_with(word)).count();
        assert!(lines("- alert:") > 10 && lines("- alert:") == lines("runbook:"));
    }

    /// As <https://prometheus.io/docs/practices/naming/> wants it.
    #[test]
    fn names_tell_the_unit_and_the_kind() {
        let mut seen = HashSet::new();
        for Metric { name, kind, help } in ALL {
            assert!(seen.insert(name), "{name} is there twice");
            assert!(name.starts_with("sandboxd_") && help.ends_with('.'), "{name}: {help}");
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert!(*kind != Kind::Histogram || name.ends_with("_seconds"), "{name}");
        }
    }
}
