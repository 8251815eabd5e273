//! A program in a sandbox that runs: when it has been started, the connection is switched, and
//! frames flow both ways as they come. The API reads and bounds them.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{CONNECTION, UPGRADE};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use sandboxd_shared::domain::ErrorCode;
use sandboxd_shared::node::{self, ExecRequest};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;

use super::failure::NodeError;
use super::service::{Id, Node};
use super::slots::Place;

/// Bytes on their way in one direction.
const BUFFER: usize = 16 * 1024;

pub(super) async fn exec(
    State(node): State<Arc<Node>>,
    Id(id): Id,
    mut request: Request,
) -> Result<Response, NodeError> {
    let upgrade = request
        .extensions_mut()
        .remove::<OnUpgrade>()
        .ok_or_else(|| NodeError::field("Upgrade", "is needed here"))?;
    let Json(wanted) = Json::<ExecRequest>::from_request(request, &())
        .await
        .map_err(|_| NodeError::field("body", "is no program to run"))?;
    let row = node.row(id).await?;
    let mut channel = node.open_running(&row).await?;
    let arguments = serde_json::to_value(&wanted).map_err(NodeError::failed)?;
    channel.ask::<Value>("exec", arguments).await.map_err(of_program)?;
    let (stream, place) = channel.into_stream();
    let tunnel = Tunnel { stream, upgrade, ending: node.ending.clone(), _place: place };
    node.tasks.spawn(tunnel.run());
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(CONNECTION, "upgrade")
        .header(UPGRADE, node::UPGRADE)
        .body(Body::empty())
        .map_err(NodeError::failed)
}

/// What an error of a file means for a program.
fn of_program(error: NodeError) -> NodeError {
    match error {
        NodeError::Refused(body) if body.code == ErrorCode::NotFound => {
            NodeError::field("cmd", "there is no such program, or no such folder to run it in")
        }
        NodeError::Refused(body) if body.code == ErrorCode::InvalidRequest => {
            NodeError::field("cmd", "can't be run as it is, or not in that folder")
        }
        error => error,
    }
}

/// Copies until one side is done, and says which. Not `tokio::io::copy`: that drops what it has read
/// when the next read fails, and a program that ends without taking its input leaves a connection
/// that is reset right behind its last frame (`unix(7)`).
async fn copy(mut from: impl AsyncRead + Unpin, to: &mut (impl AsyncWrite + Unpin)) -> Done {
    let mut buffer = vec![0; BUFFER];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if to.write_all(&buffer[..length]).await.is_err() || to.flush().await.is_err() {
            return Done::Writing;
        }
    }
    Done::Reading
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    /// Nothing more comes.
    Reading,
    /// Nothing more is taken.
    Writing,
}

/// Passes frames on until the sandbox has said all, or the API is gone. A sandbox that takes no
/// more has ended, and its last words may still be on their way.
async fn relay(
    sandbox: impl AsyncRead + AsyncWrite,
    from_api: impl AsyncRead + Unpin,
    to_api: &mut (impl AsyncWrite + Unpin),
) {
    let (from_sandbox, mut to_sandbox) = tokio::io::split(sandbox);
    let input = async {
        if copy(from_api, &mut to_sandbox).await == Done::Writing {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        _ = copy(from_sandbox, to_api) => {}
        () = input => {}
    }
}

struct Tunnel {
    stream: BufReader<UnixStream>,
    upgrade: OnUpgrade,
    ending: CancellationToken,
    _place: Place,
}

impl Tunnel {
    /// Ends both sides as soon as one has ended; PID 1 then ends the program.
    async fn run(self) {
        let Ok(upgraded) = self.upgrade.await else { return };
        let (from_api, mut to_api) = tokio::io::split(TokioIo::new(upgraded));
        tokio::select! {
            () = relay(self.stream, from_api, &mut to_api) => {}
            () = self.ending.cancelled() => {}
        }
        let _ = to_api.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn input_that_comes_too_late_cuts_no_last_words_off() {
        for _ in 0..50 {
            let (mut program, ours) = UnixStream::pair().unwrap();
            program.write_all(b"the end").await.unwrap();
            drop(program);
            let (mut api, worker) = tokio::io::duplex(64);
            let (from_api, mut to_api) = tokio::io::split(worker);
            api.write_all(b"input").await.unwrap();
            let relayed = relay(ours, from_api, &mut to_api);
            tokio::time::timeout(Duration::from_secs(5), relayed).await.expect("it ends");
            to_api.shutdown().await.unwrap();
            let mut said = vec![0; 7];
            api.read_exact(&mut said).await.unwrap();
            assert_eq!(said, b"the end");
        }
    }

    #[tokio::test]
    async fn an_api_that_is_gone_ends_it() {
        let (_program, ours) = UnixStream::pair().unwrap();
        let (api, worker) = tokio::io::duplex(64);
        let (from_api, mut to_api) = tokio::io::split(worker);
        drop(api);
        let relayed = relay(ours, from_api, &mut to_api);
        tokio::time::timeout(Duration::from_secs(5), relayed).await.expect("it ends");
    }

    #[tokio::test]
    async fn the_last_words_come_through_though_the_connection_is_reset_behind_them() {
        for _ in 0..50 {
            let (sandbox, mut ours) = UnixStream::pair().unwrap();
            ours.write_all(b"input that nobody takes").await.unwrap();
            let (mut read, mut to) = tokio::io::duplex(64);
            let mut program = sandbox;
            program.write_all(b"the end").await.unwrap();
            drop(program);
            copy(ours, &mut to).await;
            drop(to);
            let mut said = String::new();
            read.read_to_string(&mut said).await.unwrap();
            assert_eq!(said, "the end");
        }
    }
}
