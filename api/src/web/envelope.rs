//! The outermost layer: every answer gets its request id, its security headers and, where it is
//! an error, the one shape of errors; every request gets its log line. A handler that panics is
//! an answer too.

use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::{metrics, telemetry, traced};
use serde_json::json;
use tracing::field::Empty;
use tracing::{Instrument, Span};
use ulid::Ulid;

use super::error::{Cause, Failure};
use super::{ApiError, ErrorAnswer};
use crate::auth::Tenant;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Where a client's request is in a trace of its own (W3C Trace Context).
const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

/// The id of a request, for whoever tells of it.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// 404 for a path that is no route.
pub(crate) async fn unknown_route() -> ApiError {
    ApiError::not_found("route")
}

/// Answers a request, whatever happens inside.
pub(crate) async fn envelope(mut request: Request, next: Next) -> Response {
    let line = LogLine::new(&request);
    let id = line.id.clone();
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = line.span();
    let parent = request.headers().get(TRACE_PARENT).and_then(|parent| parent.to_str().ok());
    telemetry::follow(&span, parent);
    let mut response = AssertUnwindSafe(next.run(request).instrument(span.clone()))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| ApiError::Panic.into_response());
    if let Some(failure) = failure_of(&response) {
        write_error(&mut response, failure, &id);
    }
    write_headers(response.headers_mut(), &id);
    span.record("http.response.status_code", response.status().as_u16());
    line.answered(&response);
    response
}

/// What a failed answer says; an answer that isn't from our handlers says only its status.
fn failure_of(response: &Response) -> Option<ErrorBody> {
    let status = response.status();
    if let Some(Failure(body)) = response.extensions().get() {
        return Some(body.clone());
    }
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => ErrorBody::not_found("route"),
        StatusCode::METHOD_NOT_ALLOWED => {
            ErrorBody::new(ErrorCode::MethodNotAllowed, "the route has other methods; see Allow")
        }
        _ if status.is_server_error() => {
            ErrorBody::new(ErrorCode::Internal, "something went wrong on our side")
        }
        _ => ErrorBody::new(ErrorCode::InvalidRequest, "the request can't be read"),
    })
}

fn write_error(response: &mut Response, failure: ErrorBody, id: &str) {
    *response.body_mut() = Body::from(json!(ErrorAnswer::new(failure, id)).to_string());
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
}

fn write_headers(headers: &mut HeaderMap, id: &str) {
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

/// The log line of a request. It is written when the answer is there, or when the client has
/// gone before that.
struct LogLine {
    begun: Instant,
    id: String,
    method: Method,
    route: Option<MatchedPath>,
    written: bool,
}

impl LogLine {
    fn new(request: &Request) -> Self {
        Self {
            begun: Instant::now(),
            id: Ulid::generate().to_string(),
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            written: false,
        }
    }

    /// The span of the request, should it be traced.
    fn span(&self) -> Span {
        let (method, route) = (&self.method, self.route());
        traced!(
            "request", otel.name = format!("{method} {route}"), otel.kind = "server",
            http.request.method = %method, http.route = route,
            http.response.status_code = Empty, request.id = self.id,
        )
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or("(none)", MatchedPath::as_str)
    }

    fn duration_ms(&self) -> f64 {
        (self.begun.elapsed().as_secs_f64() * 1e6).round() / 1e3
    }

    fn answered(mut self, response: &Response) {
        self.written = true;
        let (method, route, duration_ms) = (&self.method, self.route(), self.duration_ms());
        metrics::request_answered(method, route, response.status(), self.begun.elapsed());
        let status = response.status().as_u16();
        let tenant = response.extensions().get::<Tenant>().map(Tenant::as_str);
        let id = self.id.as_str();
        if let Some(Cause(cause)) = response.extensions().get() {
            let cause: &(dyn Error + 'static) = &**cause;
            tracing::error!(
                %method, route, status, duration_ms, tenant, request.id = id, error = cause, "request"
            );
        } else {
            tracing::info!(%method, route, status, duration_ms, tenant, request.id = id, "request");
        }
    }
}

impl Drop for LogLine {
    fn drop(&mut self) {
        if !self.written {
            let (method, route, duration_ms) = (&self.method, self.route(), self.duration_ms());
            let id = self.id.as_str();
            tracing::info!(%method, route, duration_ms, request.id = id, "the client went away");
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn panics() -> &'static str {
        panic!("as a handler may")
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_that_does_not_show_it() {
        let router = Router::new().route("/", get(panics)).layer(from_fn(envelope));
        let request = Request::get("/").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let id = response.headers()[REQUEST_ID].to_str().unwrap().to_owned();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"]["code"], "internal");
        assert_eq!(body["error"]["request_id"], id.as_str());
        assert!(!body.to_string().contains("as a handler may"));
    }
}
