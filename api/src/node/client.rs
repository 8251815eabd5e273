//! Finding a live worker of a node, and asking its node service.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use http::header::HOST;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sandboxd_shared::domain::{ErrorBody, ErrorCode, Sandbox, Snapshot};
use sandboxd_shared::node::{Finding, NearSocket};
use sandboxd_shared::store::{Store, StoreError, workers};
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::web::ApiError;

/// A worker that was heard of within this time may live.
const HEARD_WITHIN: Duration = Duration::from_secs(15);
/// How long connecting to a worker on this host may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(1);
/// How long an answer's head may take: a session with a stopped sandbox may have to wait its turn.
const HEAD_LIMIT: Duration = Duration::from_secs(60);
/// The same for an upload, whose body is taken in first.
const UPLOAD_LIMIT: Duration = Duration::from_mins(11);
/// The longest JSON that is read: a listing.
const JSON_MAX: usize = 8 << 20;
/// How long JSON may take to arrive.
const JSON_LIMIT: Duration = Duration::from_secs(60);

/// The node services.
#[derive(Debug)]
pub(crate) struct Nodes {
    store: Store,
    /// Where their sockets are.
    folder: PathBuf,
    turn: AtomicUsize,
}

impl Nodes {
    pub(crate) fn new(store: Store, folder: PathBuf) -> Self {
        Self { store, folder, turn: AtomicUsize::new(0) }
    }

    /// Asks about a sandbox. The answer is a success; its body is still to come.
    pub(crate) async fn ask(
        &self,
        sandbox: &Sandbox,
        method: Method,
        what: &str,
        parameters: &[(&str, &str)],
        body: Body,
    ) -> Result<Response<Incoming>, ApiError> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        let target = target(&format!("/sandboxes/{}/{what}", sandbox.id), parameters);
        *request.uri_mut() = target.parse().map_err(|_| ApiError::invalid("it is too long"))?;
        self.send(&sandbox.node, request).await
    }

    /// Asks about a snapshot, as [`ask`](Self::ask) does about a sandbox.
    pub(crate) async fn ask_of_snapshot(
        &self,
        snapshot: &Snapshot,
        what: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Response<Incoming>, ApiError> {
        let mut request = Request::new(Body::empty());
        let target = target(&format!("/snapshots/{}/{what}", snapshot.id), parameters);
        *request.uri_mut() = target.parse().map_err(|_| ApiError::invalid("it is too long"))?;
        self.send(&snapshot.node, request).await
    }

    /// What a worker of a node finds there.
    pub(crate) async fn examine(&self, node: &str) -> Result<Vec<Finding>, ApiError> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = Uri::from_static("/doctor");
        read_json(self.send(node, request).await?).await
    }

    /// Sends a request that is made already, but for what each has.
    pub(super) async fn send(
        &self,
        node: &str,
        mut request: Request<Body>,
    ) -> Result<Response<Incoming>, ApiError> {
        request.headers_mut().insert(HOST, HeaderValue::from_static("node"));
        let limit = if request.method() == Method::PUT { UPLOAD_LIMIT } else { HEAD_LIMIT };
        let stream = self.connect(node).await?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| gone(&error))?;
        tokio::spawn(async move {
            if let Err(error) = connection.with_upgrades().await {
                tracing::debug!(%error, "a connection to a worker ended early");
            }
        });
        let response = timeout(limit, sender.send_request(request))
            .await
            .map_err(|error| gone(&error))?
            .map_err(|error| gone(&error))?;
        let status = response.status();
        if status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(response);
        }
        let body: ErrorBody = read_json(response).await?;
        Err(match status {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::WithStatus(status, body),
            _ => ApiError::Client(body),
        })
    }

    /// Connects to one of the workers of a node, taking turns.
    async fn connect(&self, node: &str) -> Result<UnixStream, ApiError> {
        let names = self.workers(node).await?;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        for at in 0..names.len() {
            let name = &names[(turn.wrapping_add(at)) % names.len()];
            match self.connect_to(name).await {
                Ok(stream) => return Ok(stream),
                // It died, or has only just begun.
                Err(error) => tracing::debug!(worker = name, %error, "a worker isn't reached"),
            }
        }
        let message = "no worker of its node answers; check that one runs and try again";
        Err(ErrorBody::new(ErrorCode::Capacity, message).into())
    }

    async fn connect_to(&self, worker: &str) -> io::Result<UnixStream> {
        let socket = NearSocket::of_worker(&self.folder, worker)?;
        timeout(CONNECT_LIMIT, UnixStream::connect(socket.path()))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn workers(&self, node: &str) -> Result<Vec<String>, StoreError> {
        let since = self.store.clock().now().minus(HEARD_WITHIN);
        let found = workers::seen_since(&mut *self.store.read().await?, since).await?;
        let own = found.into_iter().filter(|worker| worker.node == node);
        Ok(own.map(|worker| worker.name).collect())
    }
}

fn target(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut target = path.to_owned();
    for (at, (name, value)) in parameters.iter().enumerate() {
        let separator = if at == 0 { '?' } else { '&' };
        let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
        target.push_str(&format!("{separator}{name}={value}"));
    }
    target
}

/// The whole of an answer that is JSON.
pub(crate) async fn read_json<T: DeserializeOwned>(
    response: Response<Incoming>,
) -> Result<T, ApiError> {
    let body = timeout(JSON_LIMIT, Limited::new(response.into_body(), JSON_MAX).collect())
        .await
        .map_err(|error| gone(&error))?
        .map_err(|error| gone(&*error))?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| gone(&error))
}

/// The worker broke off.
fn gone(error: &(dyn std::error::Error + 'static)) -> ApiError {
    tracing::warn!(error, "a worker broke off a request");
    let message = "the worker that served this broke off; try again";
    ErrorBody::new(ErrorCode::Capacity, message).into()
}
