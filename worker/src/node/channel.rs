//! A conversation with `sandbox-init`: one request, one answer line, then frames.

use std::io;
use std::time::Duration;

use sandboxd_shared::node::frames::{self, Frame};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::failure::NodeError;
use super::session::Session;
use super::slots::Place;
use super::wire;

/// How long an answer line may take. A live capture may have the sandbox frozen meanwhile.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);
/// The longest answer line.
const LINE_MAX: u64 = 512 * 1024;
/// How long the next frame of a file may take.
pub(super) const FRAME_LIMIT: Duration = Duration::from_secs(60);

/// A conversation. When it is dropped, what the sandbox does for it ends.
#[derive(Debug)]
pub(super) struct Channel {
    stream: BufReader<UnixStream>,
    /// For a stopped sandbox.
    session: Option<Session>,
    place: Place,
}

impl Channel {
    pub(super) fn new(stream: UnixStream, session: Option<Session>, place: Place) -> Self {
        Self { stream: BufReader::new(stream), session, place }
    }

    /// Asks for an operation with its arguments, and reads the answer line.
    pub(super) async fn ask<T: DeserializeOwned>(
        &mut self,
        op: &str,
        mut arguments: Value,
    ) -> Result<T, NodeError> {
        arguments["v"] = 1.into();
        arguments["op"] = op.into();
        let line = timeout(ANSWER_LIMIT, self.exchange(&arguments)).await;
        let line = line.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        match line {
            Ok(line) => wire::read(&line),
            Err(error) => Err(self.broken(error)),
        }
    }

    async fn exchange(&mut self, request: &Value) -> io::Result<Vec<u8>> {
        self.stream.write_all(format!("{request}\n").as_bytes()).await?;
        let mut line = Vec::new();
        (&mut self.stream).take(LINE_MAX).read_until(b'\n', &mut line).await?;
        match line.last() {
            Some(b'\n') => Ok(line),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// The next frame, which must come.
    pub(super) async fn frame(&mut self, limit: Option<Duration>) -> Result<Frame, NodeError> {
        let read = frames::read(&mut self.stream);
        let read = match limit {
            Some(limit) => {
                timeout(limit, read).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            }
            None => read.await,
        };
        match read {
            Ok(Some(frame)) => Ok(frame),
            Ok(None) => Err(self.broken(io::ErrorKind::UnexpectedEof.into())),
            Err(error) => Err(self.broken(error)),
        }
    }

    /// Sends bytes.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), NodeError> {
        let sent =
            timeout(FRAME_LIMIT, frames::write(&mut self.stream, frames::STDIN, bytes)).await;
        sent.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(|error| self.broken(error))
    }

    /// Why the conversation broke off.
    fn broken(&self, error: io::Error) -> NodeError {
        match self.session.as_ref().and_then(Session::interrupted) {
            Some(body) => NodeError::Refused(body),
            None => NodeError::NoAnswer(error),
        }
    }

    /// Whether all that was read was the sandbox's workspace, whole. To be asked before a client
    /// is told of the end.
    pub(super) async fn was_whole(&self) -> Result<(), NodeError> {
        match &self.session {
            Some(session) => session.was_whole().await,
            None => Ok(()),
        }
    }

    /// Ends it, and returns when nothing of it is left: an operation can have the sandbox.
    pub(super) async fn close(mut self) {
        if let Some(session) = self.session.take() {
            session.end().await;
        }
    }

    /// The bare stream of a running sandbox, with what was read ahead.
    pub(super) fn into_stream(self) -> (BufReader<UnixStream>, Place) {
        (self.stream, self.place)
    }
}
