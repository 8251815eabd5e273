//! What is recorded, one function for each thing that happens.

use std::time::Duration;

use http::{Method, StatusCode};
use metrics::{Gauge, counter, gauge, histogram};

use super::names;
use crate::domain::{OperationKind, OperationStatus, QueueClass, SandboxStatus};
use crate::store::backlog::Queue;
use crate::store::nodes::Node;

/// The writer of the database was had after `wait`.
pub fn database_waited(wait: Duration) {
    histogram!(names::DATABASE_WAIT).record(wait);
}

/// Methods by name: a client may send any text.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The API has answered a request. `route` is a template, such as `/v1/apps/{id}`.
pub fn request_answered(method: &Method, route: &str, status: StatusCode, took: Duration) {
    let (method, route) = (method_name(method), route.to_owned());
    let status = status.as_u16().to_string();
    counter!(names::REQUESTS, "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    histogram!(names::REQUEST_SECONDS, "method" => method, "route" => route).record(took);
}

/// A live stream, until it is dropped.
#[derive(Debug)]
pub struct Open(Gauge);

/// A client follows a live stream of a kind.
#[must_use]
pub fn stream_opened(stream: &'static str) -> Open {
    let open = gauge!(names::STREAMS, "stream" => stream);
    open.increment(1.0);
    Open(open)
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// An operation was begun for the first time, after it had waited.
pub fn operation_began(queue: QueueClass, waited: Duration) {
    histogram!(names::QUEUE_SECONDS, "queue" => queue.as_str()).record(waited);
}

/// An operation has ended, `took` after it was accepted.
pub fn operation_ended(kind: OperationKind, outcome: OperationStatus, took: Duration) {
    let (kind, outcome) = (kind.as_str(), outcome.as_str());
    counter!(names::OPERATIONS, "kind" => kind, "outcome" => outcome).increment(1);
    histogram!(names::OPERATION_SECONDS, "kind" => kind).record(took);
}

/// An attempt at an operation has ended.
pub fn attempt_ended(kind: OperationKind, outcome: &'static str) {
    counter!(names::ATTEMPTS, "kind" => kind.as_str(), "outcome" => outcome.replace(' ', "_"))
        .increment(1);
}

/// An operation was taken from a worker that went away.
pub fn operation_rescued(kind: OperationKind) {
    counter!(names::RESCUES, "kind" => kind.as_str()).increment(1);
}

/// A step of an operation has ended.
pub fn step_ended(kind: OperationKind, step: &'static str, took: Duration) {
    histogram!(names::STEP_SECONDS, "kind" => kind.as_str(), "step" => step).record(took);
}

/// The engine has answered a call, or hasn't.
pub fn docker_called(call: &'static str, outcome: &'static str, took: Duration) {
    histogram!(names::DOCKER_SECONDS, "call" => call, "outcome" => outcome).record(took);
}

/// A request for a preview was forwarded and answered. Statuses are the applications', so only their class counts.
pub fn preview_answered(status: StatusCode, took: Duration) {
    let class = match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    counter!(names::PREVIEWS, "class" => class).increment(1);
    histogram!(names::PREVIEW_SECONDS).record(took);
}

/// The gateway answered a request for a preview itself.
pub fn preview_refused(reason: &'static str, took: Duration) {
    counter!(names::REFUSALS, "reason" => reason).increment(1);
    histogram!(names::PREVIEW_SECONDS).record(took);
}

/// The gateway asked for the start of a sandbox.
pub fn preview_woken(outcome: &'static str) {
    counter!(names::WAKES, "outcome" => outcome).increment(1);
}

/// How the queues of `nodes` are. One that isn't among `found` is empty.
pub fn queues(nodes: &[Node], found: &[Queue], age_ms: impl Fn(&Queue) -> i64) {
    for node in nodes {
        for class in QueueClass::ALL {
            let queue = found.iter().find(|queue| queue.node == node.name && queue.queue == *class);
            let (depth, running) = queue.map_or((0, 0), |queue| (queue.queued, queue.running));
            let age = queue.map_or(0, &age_ms);
            let labels = [("node", node.name.clone()), ("queue", class.as_str().to_owned())];
            gauge!(names::QUEUE_DEPTH, &labels).set(number(depth));
            gauge!(names::QUEUE_RUNNING, &labels).set(number(running));
            gauge!(names::QUEUE_OLDEST, &labels).set(number(age) / 1e3);
        }
    }
}

/// How a node is.
pub fn node_state(node: &Node) {
    let name = node.name.clone();
    gauge!(names::ENGINE_UP, "node" => name.clone()).set(yes(node.engine_error.is_none()));
    gauge!(names::FIREWALL_UP, "node" => name).set(yes(node.firewall_error.is_none()));
}

/// How many workers of a node were heard of lately.
pub fn workers(node: &str, count: usize) {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    gauge!(names::WORKERS, "node" => node.to_owned()).set(number(count));
}

/// How many sandboxes there are in a status.
pub fn sandboxes(status: SandboxStatus, count: i64) {
    gauge!(names::SANDBOXES, "status" => status.as_str()).set(number(count));
}

/// Whether the database could be read.
pub fn database_up(up: bool) {
    gauge!(names::DATABASE_UP).set(yes(up));
}

fn yes(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// Exact up to 2⁵³, which no count here comes near.
#[expect(clippy::cast_precision_loss, reason = "no count comes near 2^53")]
fn number(count: i64) -> f64 {
    count as f64
}
