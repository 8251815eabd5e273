//! The page that a process shows, and what is on it from the start.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::names::{self, ALL, Kind};
use super::options::Process;
use crate::domain::{OperationKind, OperationStatus};

/// Upper ends of what times are sorted into, seconds: from a commit to a long task's step.
const BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
];
/// How often what was recorded is summed up: until then each value takes room.
pub(super) const UPKEEP: Duration = Duration::from_secs(5);

/// What a process has recorded.
#[derive(Debug, Clone)]
pub struct Page(PrometheusHandle);

impl Page {
    /// Begins to record. Once in a process; what was recorded before is nowhere.
    ///
    /// # Panics
    /// If the process records already.
    #[must_use]
    pub fn install(process: Process) -> Self {
        let (recorder, page) = Self::build();
        metrics::set_global_recorder(recorder).expect("invariant: main installs one recorder");
        begin(process);
        page
    }

    /// A page that nobody records for yet.
    fn build() -> (PrometheusRecorder, Self) {
        let recorder = PrometheusBuilder::new()
            .with_recommended_naming(false)
            .set_buckets(BUCKETS)
            .expect("invariant: there are buckets")
            .build_recorder();
        let handle = recorder.handle();
        (recorder, Self(handle))
    }

    /// The page as it is now, in Prometheus' text format.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.render()
    }

    pub(super) fn sum_up(&self) {
        self.0.run_upkeep();
    }
}

fn describe() {
    for metric in ALL {
        match metric.kind {
            Kind::Counter => describe_counter!(metric.name, metric.help),
            Kind::Gauge => describe_gauge!(metric.name, metric.help),
            Kind::Histogram => describe_histogram!(metric.name, metric.help),
        }
    }
}

/// What has not happened yet is zero: a rate over a counter that isn't there is no rate, and its
/// first event would not be seen.
fn begin(process: Process) {
    describe();
    let version = env!("CARGO_PKG_VERSION");
    gauge!(names::BUILD_INFO, "process" => process.as_str(), "version" => version).set(1.0);
    let _ = histogram!(names::DATABASE_WAIT);
    match process {
        Process::Api => {
            for stream in ["events", "task_output"] {
                gauge!(names::STREAMS, "stream" => stream).set(0.0);
            }
        }
        Process::Gateway => {
            let _ = histogram!(names::PREVIEW_SECONDS);
            counter!(names::PREVIEWS, "class" => "2xx").absolute(0);
            counter!(names::REFUSALS, "reason" => "warming").absolute(0);
            for outcome in ["asked", "capacity", "quota", "failed"] {
                counter!(names::WAKES, "outcome" => outcome).absolute(0);
            }
        }
        Process::Worker => {
            for kind in OperationKind::ALL.iter().map(|kind| kind.as_str()) {
                counter!(names::RESCUES, "kind" => kind).absolute(0);
                for outcome in OperationStatus::ALL.iter().filter(|status| status.is_final()) {
                    let outcome = outcome.as_str();
                    counter!(names::OPERATIONS, "kind" => kind, "outcome" => outcome).absolute(0);
                }
            }
        }
    }
}

/// For tests: a page that what `work` records is on.
#[cfg(test)]
pub(super) fn recorded(process: Process, work: impl FnOnce(&Page)) -> Page {
    let (recorder, page) = Page::build();
    metrics::with_local_recorder(&recorder, || {
        begin(process);
        work(&page);
    });
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{docker_called, operation_ended, stream_opened};

    #[test]
    fn the_page_has_what_was_recorded() {
        let page = recorded(Process::Worker, watch);
        assert!(page.text().contains("sandboxd_sse_clients{stream=\"events\"} 0"));
    }

    fn watch(page: &Page) {
        let rescues = "sandboxd_operations_rescued_total{kind=\"sandbox.create\"} 0";
        assert!(page.text().contains(rescues), "{}", page.text());
        let took = Duration::from_millis(30);
        operation_ended(OperationKind::AppFork, OperationStatus::Failed, took);
        docker_called("start_container", "ok", took);
        let open = stream_opened("events");
        let text = page.text();
        for line in [
            "# TYPE sandboxd_operations_total counter",
            "sandboxd_operations_total{kind=\"app.fork\",outcome=\"failed\"} 1",
            "sandboxd_operation_duration_seconds_bucket{kind=\"app.fork\",le=\"0.025\"} 0",
            "sandboxd_operation_duration_seconds_bucket{kind=\"app.fork\",le=\"0.05\"} 1",
            "sandboxd_docker_call_duration_seconds_count{call=\"start_container\",outcome=\"ok\"} 1",
            "sandboxd_sse_clients{stream=\"events\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        }
        drop(open);
    }
}
