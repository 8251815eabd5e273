//! A program in a sandbox, with its input and output. When both halves are dropped, it is ended.

use std::io;

use axum::body::Body;
use http::header::{CONNECTION, CONTENT_TYPE, UPGRADE};
use http::{HeaderValue, Request};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use sandboxd_shared::domain::{ErrorBody, ErrorCode, Sandbox};
use sandboxd_shared::node::{self, ExecEnd, ExecRequest, Pty, frames};
use tokio::io::{BufReader, ReadHalf, WriteHalf, split};

use super::Nodes;
use crate::web::ApiError;

/// A program that runs.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) input: ProgramInput,
    pub(crate) output: ProgramOutput,
}

/// Where its input goes.
#[derive(Debug)]
pub(crate) struct ProgramInput(WriteHalf<TokioIo<Upgraded>>);

/// Where its output comes from.
#[derive(Debug)]
pub(crate) struct ProgramOutput(BufReader<ReadHalf<TokioIo<Upgraded>>>);

/// A piece of output, or the end. All of it is the sandbox's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Output {
    Out(Vec<u8>),
    Err(Vec<u8>),
    End(Ended),
}

/// How it ended.
pub(crate) type Ended = ExecEnd;

impl Program {
    /// Starts a program in a sandbox that runs.
    pub(crate) async fn start(
        nodes: &Nodes,
        sandbox: &Sandbox,
        wanted: &ExecRequest,
    ) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(wanted).expect("invariant: a request is JSON");
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = format!("/sandboxes/{}/exec", sandbox.id)
            .parse()
            .expect("invariant: an id fits into a path");
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static(node::UPGRADE));
        let response = nodes.send(&sandbox.node, request).await?;
        let upgraded = hyper::upgrade::on(response).await.map_err(|error| {
            tracing::warn!(%error, "a worker didn't switch protocols");
            broke_off()
        })?;
        let (read, write) = split(TokioIo::new(upgraded));
        Ok(Self { input: ProgramInput(write), output: ProgramOutput(BufReader::new(read)) })
    }
}

impl ProgramInput {
    /// Input for the program; nothing at all is the end of it.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        frames::write(&mut self.0, frames::STDIN, bytes).await
    }

    /// The size of its terminal.
    pub(crate) async fn resize(&mut self, size: Pty) -> io::Result<()> {
        let size = serde_json::to_vec(&size).expect("invariant: a size is JSON");
        frames::write(&mut self.0, frames::RESIZE, &size).await
    }
}

impl ProgramOutput {
    /// What comes next. Not to be dropped half-way.
    pub(crate) async fn next(&mut self) -> Result<Output, ApiError> {
        let frame = frames::read(&mut self.0).await;
        let frame = frame.ok().flatten().ok_or_else(broke_off)?;
        match frame.kind {
            frames::OUT => Ok(Output::Out(frame.payload)),
            frames::ERR => Ok(Output::Err(frame.payload)),
            frames::END => {
                let ended = serde_json::from_slice(&frame.payload);
                ended.map(Output::End).map_err(|_| broke_off())
            }
            _ => Err(broke_off()),
        }
    }
}

fn broke_off() -> ApiError {
    let message = "the sandbox broke off; the program may have been ended half-way";
    ErrorBody::new(ErrorCode::SandboxUnavailable, message).into()
}
