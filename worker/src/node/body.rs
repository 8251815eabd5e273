//! Frames as the body of an answer. The next frame is read when the client has taken the last
//! one, so that a slow client costs two frames and holds up only its own sandbox.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::stream::unfold;
use sandboxd_shared::node::frames;
use serde_json::Value;

use super::channel::{Channel, FRAME_LIMIT};
use super::failure::NodeError;
use super::wire;

/// The bytes of a file or an archive. The last piece is held back until the sandbox has said that
/// all is well: a client that gets all of it has all of it.
#[derive(Debug)]
pub(super) struct Whole {
    channel: Channel,
    held: Option<Bytes>,
    /// How many bytes there must be, if that is known.
    left: Option<u64>,
    ended: bool,
}

impl Whole {
    pub(super) fn new(channel: Channel, length: Option<u64>) -> Self {
        Self { channel, held: None, left: length, ended: false }
    }

    /// A body that begins with what comes first: an error at the beginning is an answer of its own.
    pub(super) async fn into_body(mut self) -> Result<Body, NodeError> {
        let first = self.next().await?;
        let pieces = unfold((first, self), |(first, mut this)| async move {
            if let Some(first) = first {
                return Some((Ok(first), (None, this)));
            }
            match this.next().await {
                Ok(next) => next.map(|next| (Ok(next), (None, this))),
                Err(error) => {
                    this.ended = true;
                    Some((Err(error), (None, this)))
                }
            }
        });
        Ok(Body::from_stream(pieces))
    }

    async fn next(&mut self) -> Result<Option<Bytes>, NodeError> {
        while !self.ended {
            let frame = self.channel.frame(Some(FRAME_LIMIT)).await?;
            match frame.kind {
                frames::OUT => {
                    self.count(frame.payload.len())?;
                    if let Some(piece) = self.held.replace(frame.payload.into()) {
                        return Ok(Some(piece));
                    }
                }
                frames::END => {
                    wire::read::<Value>(&frame.payload)?;
                    if self.left.is_some_and(|left| left > 0) {
                        return Err(NodeError::unreadable("less than was promised"));
                    }
                    self.channel.was_whole().await?;
                    self.ended = true;
                }
                _ => return Err(NodeError::unreadable("an unknown frame")),
            }
        }
        Ok(self.held.take())
    }

    fn count(&mut self, length: usize) -> Result<(), NodeError> {
        let Some(left) = &mut self.left else { return Ok(()) };
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        *left = left
            .checked_sub(length)
            .ok_or_else(|| NodeError::unreadable("more than was promised"))?;
        Ok(())
    }
}

/// What comes, as it comes, until the sandbox or the client ends it.
pub(super) fn live(channel: Channel, limit: Option<Duration>) -> Body {
    let pieces = unfold(Some(channel), move |channel| async move {
        let mut channel = channel?;
        match channel.frame(limit).await {
            Ok(frame) if frame.kind == frames::OUT => {
                Some((Ok(Bytes::from(frame.payload)), Some(channel)))
            }
            Ok(frame) if frame.kind == frames::END => None,
            Ok(_) => Some((Err(NodeError::unreadable("an unknown frame")), None)),
            // It was stopped.
            Err(NodeError::NoAnswer(error))
                if error.kind() == std::io::ErrorKind::UnexpectedEof =>
            {
                None
            }
            Err(error) => Some((Err(error), None)),
        }
    });
    Body::from_stream(pieces)
}
