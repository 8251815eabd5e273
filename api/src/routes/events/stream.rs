//! The live timeline (server-sent events, WHATWG HTML 9.2). Each client pulls at its own pace
//! from the database, so that a slow one costs a page of events and holds nobody up.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use futures::stream::unfold;
use sandboxd_shared::domain::Event;
use sandboxd_shared::ids::EventId;
use sandboxd_shared::store::events::{self, Filter, Window};
use sandboxd_shared::store::{Store, StoreError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::auth::Tenant;
use crate::server::Api;
use crate::web::ApiError;

/// Events read at a time for a client.
const BATCH: i64 = 100;
/// How often a silent stream shows that it lives.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// A stream of what comes after `after`, or of what is new from now on.
pub(super) async fn open(
    api: Api,
    tenant: &Tenant,
    filter: Filter,
    after: Option<EventId>,
) -> Result<Response, ApiError> {
    let changes = api.changes.receiver();
    let cursor = match after {
        Some(id) => Some(id),
        None => events::newest(&mut *api.store.read().await?).await?,
    };
    let follower = Follower {
        store: api.store,
        owner: tenant.as_str().to_owned(),
        filter,
        cursor,
        read: VecDeque::new(),
        changes,
        shutdown: api.shutdown,
    };
    let keep_alive = KeepAlive::new().interval(COMMENT_EVERY).text("alive");
    Ok(Sse::new(follower.stream()).keep_alive(keep_alive).into_response())
}

/// A client's place in the timeline.
struct Follower {
    store: Store,
    owner: String,
    filter: Filter,
    /// Everything up to here was sent, or isn't for this client.
    cursor: Option<EventId>,
    read: VecDeque<Event>,
    changes: watch::Receiver<u64>,
    shutdown: CancellationToken,
}

impl Follower {
    fn stream(self) -> impl Stream<Item = Result<sse::Event, Infallible>> {
        unfold(self, |mut follower| async move {
            let event = follower.next().await?;
            Some((Ok(to_sse(&event)), follower))
        })
    }

    /// The next event; none when the stream ends, after which a client may resume it.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Some(event);
            }
            // Marked before the look, so that what is committed after the look wakes us.
            self.changes.mark_unchanged();
            if let Err(error) = self.look().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a stream of events ends early"
                );
                return None;
            }
            if !self.read.is_empty() {
                continue;
            }
            tokio::select! {
                changed = self.changes.changed() => changed.ok()?,
                () = self.shutdown.cancelled() => return None,
            }
        }
    }

    /// Reads what is new for this client.
    async fn look(&mut self) -> Result<(), StoreError> {
        let mut conn = self.store.read().await?;
        // Read first: the list then has all of its own up to here, and what is not its own
        // needn't be passed over again.
        let newest = events::newest(&mut conn).await?;
        if newest == self.cursor {
            return Ok(());
        }
        let window = Window::After(self.cursor);
        self.read = events::list(&mut conn, &self.owner, &self.filter, window, BATCH).await?.into();
        self.cursor = match self.read.back() {
            Some(last) => Some(last.id),
            None => self.cursor.max(newest),
        };
        Ok(())
    }
}

fn to_sse(event: &Event) -> sse::Event {
    let data =
        serde_json::to_string(event).expect("invariant: our own types are representable as JSON");
    sse::Event::default().id(event.id.to_string()).event(event.kind.as_str()).data(data)
}
