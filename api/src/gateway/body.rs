//! Bodies on their way through, streamed frame by frame in both directions.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::{Sleep, sleep};

use super::activity::Activity;
use super::handler::Client;
use super::pass::{Held, Pass};
use super::pool::Lease;
use super::turns::Turn;

type BoxError = Box<dyn Error + Send + Sync>;

/// A request body on its way to the sandbox. Boxed, as its request is moved many times.
pub(crate) enum RequestBody {
    Empty,
    Client(Box<ClientBody>),
}

/// What a client uploads. A client that stalls gives its place up.
pub(crate) struct ClientBody {
    pub(crate) inner: Incoming,
    pub(crate) activity: Activity,
    pub(crate) stall_limit: Duration,
    /// Runs only while the client keeps us waiting.
    pub(crate) stalled: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug, thiserror::Error)]
#[error("the client stopped sending its request body")]
struct Stalled;

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Empty => Poll::Ready(None),
            Self::Client(body) => body.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Client(body) => body.inner.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Client(body) => body.inner.size_hint(),
        }
    }
}

impl ClientBody {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            self.stalled = None;
            self.activity.note();
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let limit = self.stall_limit;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Some(Err(Stalled.into())))
    }
}

/// A response body on its way to the client. With it ends the turn of its request.
pub(crate) struct ResponseBody {
    content: Content,
    turn: Option<Turn>,
    /// Of a private preview: the answer goes on only as long as it may be seen.
    pass: Option<Held>,
}

#[derive(Debug, thiserror::Error)]
#[error("the token of the request expired or was revoked while it was answered")]
struct PassOver;

enum Content {
    Page(Full<Bytes>),
    Sandbox(Box<SandboxBody>),
}

impl ResponseBody {
    pub(crate) fn page(text: impl Into<Bytes>) -> Self {
        Self { content: Content::Page(Full::new(text.into())), turn: None, pass: None }
    }

    pub(crate) fn sandbox(body: SandboxBody) -> Self {
        Self { content: Content::Sandbox(Box::new(body)), turn: None, pass: None }
    }

    pub(crate) fn ends_with(&mut self, pass: Arc<Pass>) {
        self.pass = Some(Held::new(pass));
    }

    pub(crate) fn ends_turn_of(&mut self, client: Arc<Client>) {
        self.turn = Some(Turn(client));
    }
}

/// What a sandbox answers. Gives the connection back with its last byte, not when somebody
/// asks for more: a client that has read its Content-Length never does.
pub(crate) struct SandboxBody {
    inner: Incoming,
    lease: Option<Lease>,
    activity: Activity,
}

impl SandboxBody {
    pub(crate) fn new(inner: Incoming, lease: Lease, activity: Activity) -> Self {
        let mut body = Self { inner, lease: Some(lease), activity };
        if body.inner.is_end_stream() {
            body.give_back();
        }
        body
    }

    fn give_back(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.give_back();
        }
    }

    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if matches!(frame, Some(Err(_))) {
            self.lease = None;
        } else if frame.is_none() || self.inner.is_end_stream() {
            self.give_back();
        } else {
            self.activity.note();
        }
        Poll::Ready(frame)
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if this.pass.as_mut().is_some_and(|pass| pass.poll_over(cx).is_ready()) {
            return Poll::Ready(Some(Err(PassOver.into())));
        }
        match &mut this.content {
            Content::Page(page) => Pin::new(page).poll_frame(cx).map_err(|never| match never {}),
            Content::Sandbox(body) => body.poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Page(page) => page.is_end_stream(),
            Content::Sandbox(body) => body.inner.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Page(page) => page.size_hint(),
            Content::Sandbox(body) => body.inner.size_hint(),
        }
    }
}
