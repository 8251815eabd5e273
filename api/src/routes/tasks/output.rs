//! An agent's output as a live stream (server-sent events, WHATWG HTML 9.2): what there is from the
//! cursor on, then what comes. A stream holds one page, of bounded bytes, and reads the next when its
//! client has taken that; one that reads nothing at all loses its connection (`server/listen.rs`).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::unfold;
use futures::{Stream, StreamExt};
use http::StatusCode;
use sandboxd_shared::domain::{OutputKind, TaskStatus};
use sandboxd_shared::ids::TaskId;
use sandboxd_shared::metrics;
use sandboxd_shared::store::task_output::{self, StoredPiece};
use sandboxd_shared::store::{Store, StoreError, tasks};
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::auth::Tenant;
use crate::limits::Turn;
use crate::server::Api;
use crate::web::ApiError;

/// Pieces read at a time for a client, and about how many bytes they may have.
const PIECES: usize = 100;
pub(super) const PAGE_BYTES: usize = 64 << 10;
/// How often a silent stream shows that it lives.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// A stream of what a task's agent says after `after`; 204 if nothing comes after that any more.
pub(super) async fn stream(
    api: Api,
    tenant: &Tenant,
    task: TaskId,
    after: i64,
) -> Result<Response, ApiError> {
    let mut follower = Follower {
        _turn: api.streams.take(tenant)?,
        // Before the first look, so that what is committed after that look is told.
        news: api.outputs.watch(task),
        store: api.store,
        task,
        cursor: after,
        read: VecDeque::new(),
        then: Then::Look,
        shutdown: api.shutdown,
    };
    follower.look().await?;
    if after > 0 && follower.has_nothing_left() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let keep_alive = KeepAlive::new().interval(COMMENT_EVERY).text("alive");
    let open = metrics::stream_opened("task_output");
    let stream = follower.stream().inspect(move |_| {
        let _held = &open;
    });
    Ok(Sse::new(stream).keep_alive(keep_alive).into_response())
}

/// What a stream does when its client has had what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// There is more in the database.
    Look,
    /// More will come.
    Wait,
    /// No more will come.
    End,
}

/// A client's place in the output.
struct Follower {
    store: Store,
    task: TaskId,
    /// Everything up to here was read.
    cursor: i64,
    read: VecDeque<sse::Event>,
    then: Then,
    news: watch::Receiver<i64>,
    shutdown: CancellationToken,
    _turn: Turn,
}

impl Follower {
    fn stream(self) -> impl Stream<Item = Result<sse::Event, Infallible>> {
        unfold(self, |mut follower| async move {
            let event = follower.next().await?;
            Some((Ok(event), follower))
        })
    }

    fn has_nothing_left(&self) -> bool {
        self.read.is_empty() && self.then == Then::End
    }

    /// The next piece; none when the stream ends.
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Some(event);
            }
            match self.then {
                Then::End => return None,
                Then::Look => {
                    if let Err(error) = self.look().await {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, "a stream of a task's output ends early");
                        return None;
                    }
                }
                Then::Wait => tokio::select! {
                    told = self.news.changed() => {
                        self.then = if told.is_ok() { Then::Look } else { Then::End };
                    }
                    () = self.shutdown.cancelled() => return None,
                },
            }
        }
    }

    /// Reads on in the database.
    async fn look(&mut self) -> Result<(), StoreError> {
        let mut conn = self.store.read().await?;
        // Asked first: a task ends in one commit with its last piece.
        let status = tasks::status(&mut conn, self.task).await?;
        let (pieces, more) =
            task_output::page(&mut conn, self.task, self.cursor, PIECES, PAGE_BYTES).await?;
        drop(conn);
        let is_done = pieces.last().is_some_and(|last| last.kind == OutputKind::Done);
        self.then = if more {
            Then::Look
        } else if is_done || status.is_none_or(TaskStatus::is_final) {
            Then::End
        } else {
            Then::Wait
        };
        self.cursor = pieces.last().map_or(self.cursor, |last| last.seq);
        self.read = pieces.iter().map(to_sse).collect();
        Ok(())
    }
}

fn to_sse(piece: &StoredPiece) -> sse::Event {
    sse::Event::default().id(piece.seq.to_string()).event(piece.kind.as_str()).data(to_json(piece))
}

/// A piece as clients see it.
pub(super) fn to_json(piece: &StoredPiece) -> String {
    let StoredPiece { seq, kind, data, created_at } = piece;
    let (kind, created_at) = (json!(kind), json!(created_at));
    format!(r#"{{"seq":{seq},"type":{kind},"data":{data},"created_at":{created_at}}}"#)
}
