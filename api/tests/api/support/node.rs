//! The node service of a worker that does what a test tells it, with the socket of the real one.

use std::future::Future;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyExt;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use sandboxd_shared::node::{NearSocket, UPGRADE};
use serde_json::Value;
use tokio::io::{DuplexStream, copy_bidirectional, duplex};
use tokio::net::UnixListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A request as a node service got it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) body: Bytes,
}

impl Asked {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) struct FakeNode {
    asked: Arc<Mutex<Vec<Asked>>>,
    serving: JoinHandle<()>,
}

impl FakeNode {
    /// Answers every request with what `answer` makes of it.
    pub(crate) fn start<F>(folder: &Path, worker: &str, answer: F) -> Self
    where
        F: Fn(Asked) -> Response + Clone + Send + Sync + 'static,
    {
        Self::serve(folder, worker, move |asked, _| {
            let answer = answer(asked);
            async move { answer }
        })
    }

    /// Gives each program that is started, as a stream of frames. What else it is asked is an
    /// upload, which it takes.
    pub(crate) fn with_programs(
        folder: &Path,
        worker: &str,
    ) -> (Self, mpsc::UnboundedReceiver<DuplexStream>) {
        let (tell, programs) = mpsc::unbounded_channel();
        let this = Self::serve(folder, worker, move |_, upgrade: Option<OnUpgrade>| {
            let tell = tell.clone();
            async move {
                let Some(upgrade) = upgrade else {
                    return answer(200, "{\"created\":true,\"bytes\":1}");
                };
                let (ours, mut its) = duplex(1 << 20);
                tell.send(ours).unwrap();
                tokio::spawn(async move {
                    let mut upgraded = TokioIo::new(upgrade.await.unwrap());
                    let _ = copy_bidirectional(&mut upgraded, &mut its).await;
                });
                Response::builder()
                    .status(StatusCode::SWITCHING_PROTOCOLS)
                    .header("connection", "upgrade")
                    .header("upgrade", UPGRADE)
                    .body(Body::empty())
                    .unwrap()
            }
        });
        (this, programs)
    }

    fn serve<F, A>(folder: &Path, worker: &str, answer: F) -> Self
    where
        F: Fn(Asked, Option<OnUpgrade>) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Response> + Send,
    {
        std::fs::create_dir_all(folder).unwrap();
        let socket = NearSocket::of_worker(folder, worker).unwrap();
        let listener = UnixListener::bind(socket.path()).unwrap();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let note = Arc::clone(&asked);
        let handler = move |mut request: Request| {
            let (note, answer) = (Arc::clone(&note), answer.clone());
            async move {
                let upgrade = request.extensions_mut().remove::<OnUpgrade>();
                let (head, body) = request.into_parts();
                let Ok(body) = body.collect().await else {
                    return Response::builder().status(400).body(Body::empty()).unwrap();
                };
                let asked = Asked {
                    method: head.method.to_string(),
                    target: head.uri.to_string(),
                    body: body.to_bytes(),
                };
                note.lock().unwrap().push(asked.clone());
                answer(asked, upgrade).await
            }
        };
        let router = Router::new().fallback(handler);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { asked, serving }
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for FakeNode {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// An answer of a node service.
pub(crate) fn answer(status: u16, body: impl Into<Body>) -> Response {
    Response::builder().status(status).body(body.into()).unwrap()
}
