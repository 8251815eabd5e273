//! Server-sent events of an answer.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// Events without names.
pub(super) fn plain(events: &[Value], end: &str) -> Response {
    let body: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    stream(body + end)
}

/// Events with their own `type` as name.
pub(super) fn named(events: &[Value]) -> Response {
    let event = |event: &Value| {
        format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default())
    };
    stream(events.iter().map(event).collect())
}

fn stream(body: String) -> Response {
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}
