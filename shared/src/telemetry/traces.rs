//! Sending spans to a collector: OTLP as protobuf over HTTP, in batches, from a thread of its own.
//! A collector that is away costs spans, never an operation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry::KeyValue;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tokio::time::timeout;
use ulid::Ulid;

use super::Endpoint;
use crate::metrics::Process;

/// How long a collector may take for a batch.
const EXPORT_LIMIT: Duration = Duration::from_secs(5);

/// The longest answer that is read, bytes.
const ANSWER_MAX: usize = 64 << 10;

/// What makes spans of a process and sends them. To be called inside a runtime.
pub(super) fn provider(
    endpoint: &Endpoint,
    process: Process,
) -> Result<SdkTracerProvider, ExporterBuildError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client::new(endpoint.as_str().to_owned()))
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint.as_str())
        .with_timeout(EXPORT_LIMIT)
        .build()?;
    let resource = Resource::builder_empty()
        .with_service_name(format!("sandboxd-{}", process.as_str()))
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", Ulid::generate().to_string()),
        ])
        .build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

/// hyper on our runtime: the exporter's own thread has none.
#[derive(Debug)]
struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    runtime: Handle,
    endpoint: String,
    /// So that a collector that is away is told of once.
    away: AtomicBool,
}

impl Client {
    fn new(endpoint: String) -> Self {
        let http = Http::builder(TokioExecutor::new()).build_http();
        Self { http, runtime: Handle::current(), endpoint, away: AtomicBool::new(false) }
    }

    fn note(&self, failure: Option<String>) {
        let was_away = self.away.swap(failure.is_some(), Ordering::Relaxed);
        match failure {
            Some(error) if !was_away => tracing::warn!(
                endpoint = self.endpoint,
                error,
                "the collector takes no traces; they are lost until it does"
            ),
            None if was_away => tracing::info!(endpoint = self.endpoint, "traces are sent again"),
            _ => {}
        }
    }
}

async fn exchange(
    http: Http<HttpConnector, Full<Bytes>>,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, HttpError> {
    let (head, body) = http.request(request.map(Full::new)).await?.into_parts();
    let body = Limited::new(body, ANSWER_MAX).collect().await?.to_bytes();
    Ok(Response::from_parts(head, body))
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let exchange = exchange(self.http.clone(), request);
        let limited = self.runtime.spawn(async { timeout(EXPORT_LIMIT, exchange).await });
        let sent = limited.await?.unwrap_or_else(|_| Err("no answer in time".into()));
        self.note(match &sent {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answered {}", answer.status())),
            Err(error) => Some(error.to_string()),
        });
        sent
    }
}
