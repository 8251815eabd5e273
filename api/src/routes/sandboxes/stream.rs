//! What streams of bytes from and to sandboxes have in common.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http::HeaderValue;
use http_body::Frame;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sandboxd_shared::domain::Sandbox;
use sandboxd_shared::ids::SandboxId;

use crate::auth::Tenant;
use crate::limits::Turn;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::ApiError;

/// How much of a body that is too long is thrown away before it is refused: a client that is
/// still sending when its connection closes may never see the answer.
const DRAIN_MAX: u64 = 16 << 20;
/// The longest file name that a browser is told.
const NAME_MAX: usize = 100;

/// The tenant's sandbox, which counts as used.
pub(super) async fn used_by(
    api: &Api,
    tenant: &Tenant,
    id: SandboxId,
) -> Result<Sandbox, ApiError> {
    let sandbox = lookup::sandbox(&mut *api.store.read().await?, tenant, id).await?;
    api.uses.note(id);
    Ok(sandbox)
}

/// A body from a worker; the sandbox counts as used, and the turn as taken, for as long as it
/// flows.
pub(super) fn used_while(api: &Api, id: SandboxId, turn: Turn, body: Incoming) -> Body {
    let uses = Arc::clone(&api.uses);
    Body::new(body.map_frame(move |frame| {
        let _held = &turn;
        uses.note(id);
        frame
    }))
}

/// A body from a worker; the turn counts as taken for as long as it flows.
pub(in crate::routes) fn held_while(turn: Turn, body: Incoming) -> Body {
    Body::new(body.map_frame(move |frame| {
        let _held = &turn;
        frame
    }))
}

/// A file to be saved under this name, whatever it holds (RFC 6266, RFC 8187).
pub(in crate::routes) fn attachment(name: &str) -> HeaderValue {
    let short: String = name.chars().take(NAME_MAX).collect();
    let name = utf8_percent_encode(&short, NON_ALPHANUMERIC);
    HeaderValue::try_from(format!("attachment; filename*=UTF-8''{name}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

/// A request's body that ends in an error when it is too long.
#[derive(Debug)]
pub(super) struct Bounded {
    inner: Body,
    left: u64,
    over: u64,
    too_long: Arc<AtomicBool>,
}

/// What became of a [`Bounded`] body.
#[derive(Debug)]
pub(super) struct Fate(Arc<AtomicBool>);

impl Fate {
    pub(super) fn was_too_long(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Bounded {
    pub(super) fn over(inner: Body, most: u64) -> (Body, Fate) {
        let too_long = Arc::new(AtomicBool::new(false));
        let fate = Fate(Arc::clone(&too_long));
        (Body::new(Self { inner, left: most, over: 0, too_long }), fate)
    }
}

impl http_body::Body for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        loop {
            let next = ready!(Pin::new(&mut self.inner).poll_frame(cx));
            let frame = match next {
                Some(Ok(frame)) => frame,
                None if self.too_long.load(Ordering::SeqCst) => {
                    return Poll::Ready(Some(Err(axum::Error::new(TooLong))));
                }
                other => return Poll::Ready(other),
            };
            let Some(data) = frame.data_ref() else { continue };
            let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
            if let Some(left) = self.left.checked_sub(length) {
                self.left = left;
                return Poll::Ready(Some(Ok(frame)));
            }
            self.left = 0;
            self.too_long.store(true, Ordering::SeqCst);
            self.over = self.over.saturating_add(length);
            if self.over > DRAIN_MAX {
                return Poll::Ready(Some(Err(axum::Error::new(TooLong))));
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the body is too long")]
struct TooLong;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_nothing_to_a_header() {
        let shown = attachment("a\"; x=\r\n/\u{e9}.html");
        assert_eq!(
            shown.to_str().unwrap(),
            "attachment; filename*=UTF-8''a%22%3B%20x%3D%0D%0A%2F%C3%A9%2Ehtml"
        );
        assert!(attachment(&"\u{1f600}".repeat(255)).len() < 2000);
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_is_read_and_refused() {
        let (body, fate) = Bounded::over(Body::from("12345"), 5);
        assert_eq!(body.collect().await.unwrap().to_bytes(), "12345");
        assert!(!fate.was_too_long());
        let (body, fate) = Bounded::over(Body::from("123456"), 5);
        assert!(body.collect().await.is_err());
        assert!(fate.was_too_long());
    }
}
