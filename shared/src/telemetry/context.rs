//! A span's place in its trace as text (`traceparent`, W3C Trace Context), so that another process
//! can go on with the trace.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::TARGET;

const HEADER: &str = "traceparent";

/// Whether the current span is one of a trace.
#[must_use]
pub fn is_traced() -> bool {
    Span::current().metadata().is_some_and(|span| span.target() == TARGET)
}

/// A span's place. None where traces are off.
#[must_use]
pub fn current(span: &Span) -> Option<String> {
    // Asking makes the span known to OpenTelemetry, so it is not asked where there is none.
    if span.is_disabled() {
        return None;
    }
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&span.context(), &mut carrier);
    carrier.remove(HEADER)
}

/// Makes a span, not yet entered, the child of one of another process. What can't be read is no
/// parent.
pub fn follow(span: &Span, parent: Option<&str>) {
    let Some(parent) = parent.filter(|_| !span.is_disabled()) else { return };
    let carrier = HashMap::from([(HEADER.to_owned(), parent.to_owned())]);
    let found = TraceContextPropagator::new().extract(&carrier);
    if found.span().span_context().is_valid() {
        // It fails only where there are no traces.
        let _ = span.set_parent(found);
    }
}
