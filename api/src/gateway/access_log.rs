//! One line for each request: what it was for, how it ended, how long it took.

use std::error::Error;
use std::time::Instant;

use http::{Method, StatusCode};
use sandboxd_shared::metrics;
use tracing::{Level, debug, enabled, info, warn};

use super::host::Preview;
use super::refusal::Refusal;

/// What is known of a request before it is answered. Neither path nor headers: both can hold
/// what isn't ours to keep.
pub(crate) struct Entry {
    pub(crate) started: Instant,
    pub(crate) method: Method,
    pub(crate) preview: Option<Preview>,
}

impl Entry {
    /// The request was forwarded, or answered as asked.
    pub(crate) fn answered(&self, status: StatusCode) {
        metrics::preview_answered(status, self.started.elapsed());
        self.note(status);
    }

    fn note(&self, status: StatusCode) {
        if !enabled!(Level::DEBUG) {
            return;
        }
        let (sandbox, port, ms) = self.fields();
        debug!(
            sandbox.id = sandbox, preview.port = port, http.method = %self.method,
            http.status = status.as_u16(), duration_ms = ms, "request"
        );
    }

    /// The request was refused. Above debug unless that is how it is meant to go.
    pub(crate) fn refused(&self, refusal: &Refusal, request_id: &str) {
        metrics::preview_refused(refusal.reason(), self.started.elapsed());
        let (sandbox, port, ms) = self.fields();
        let status = refusal.status().as_u16();
        if matches!(refusal, Refusal::Warming { .. }) {
            return self.note(refusal.status());
        }
        if status < 500 {
            info!(
                sandbox.id = sandbox, preview.port = port, http.method = %self.method,
                http.status = status, duration_ms = ms, request.id = request_id,
                error.code = refusal.code(), "request refused"
            );
        } else {
            warn!(
                sandbox.id = sandbox, preview.port = port, http.method = %self.method,
                http.status = status, duration_ms = ms, request.id = request_id,
                error.code = refusal.code(), error = %refusal, cause = cause(refusal),
                "request failed"
            );
        }
    }

    fn fields(&self) -> (Option<&str>, Option<u16>, u64) {
        let ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let preview = self.preview.as_ref();
        (preview.map(|p| p.sandbox.as_str()), preview.map(|p| p.port), ms)
    }
}

/// The chain of causes below a refusal.
fn cause(refusal: &Refusal) -> Option<String> {
    let mut next = refusal.source();
    let mut text = Vec::new();
    while let Some(error) = next {
        text.push(error.to_string());
        next = error.source();
    }
    (!text.is_empty()).then(|| text.join(": "))
}
