//! The live timeline (server-sent events, WHATWG HTML 9.2). A client begins with what the
//! database has after its cursor and then hears what is told to all. One that reads slowly falls
//! behind and is served from the database again: it costs a page of events, and holds nobody up.
//! One that reads nothing at all loses its connection (`server/listen.rs`). One that resumes before
//! what retention has taken away is told by an event of its own, `gap`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::unfold;
use futures::{Stream, StreamExt};
use sandboxd_shared::ids::EventId;
use sandboxd_shared::metrics;
use sandboxd_shared::store::events::{self, Filter, Window};
use sandboxd_shared::store::{Store, StoreError};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::auth::Tenant;
use crate::server::{Api, Heard, Told, to_json};
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
    let turn = api.streams.take(tenant)?;
    let heard = api.timeline.subscribe();
    let cursor = match after {
        Some(id) => Some(id),
        None => events::newest(&mut *api.store.read().await?).await?,
    };
    let follower = Follower {
        store: api.store,
        owner: tenant.as_str().to_owned(),
        filter,
        cursor,
        behind: true,
        read: VecDeque::new(),
        heard,
        shutdown: api.shutdown,
    };
    let keep_alive = KeepAlive::new().interval(COMMENT_EVERY).text("alive");
    let open = metrics::stream_opened("events");
    let stream = follower.stream().inspect(move |_| {
        let _held = (&turn, &open);
    });
    Ok(Sse::new(stream).keep_alive(keep_alive).into_response())
}

/// A client's place in the timeline.
struct Follower {
    store: Store,
    owner: String,
    filter: Filter,
    /// Everything up to here was sent, or isn't for this client.
    cursor: Option<EventId>,
    /// Whether the database may have more than was heard.
    behind: bool,
    read: VecDeque<sse::Event>,
    heard: Heard,
    shutdown: CancellationToken,
}

impl Follower {
    fn stream(self) -> impl Stream<Item = Result<sse::Event, Infallible>> {
        unfold(self, |mut follower| async move {
            let event = follower.next().await?;
            Some((Ok(event), follower))
        })
    }

    /// The next event; none when the stream ends, after which a client may resume it.
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Some(event);
            }
            if self.behind {
                if let Err(error) = self.look().await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "a stream of events ends early");
                    return None;
                }
                continue;
            }
            let told = tokio::select! {
                told = self.heard.next() => told,
                () = self.shutdown.cancelled() => return None,
            };
            if let Some(event) = self.take(&told) {
                return Some(event);
            }
        }
    }

    /// What was told, if it is new and for this client.
    fn take(&mut self, told: &Told) -> Option<sse::Event> {
        let Told::Event(news) = told else {
            self.behind = true;
            return None;
        };
        if self.cursor.is_some_and(|cursor| news.event.id <= cursor) {
            return None;
        }
        self.cursor = Some(news.event.id);
        let is_ours = news.owner == self.owner && self.filter.matches(&news.event);
        is_ours.then(|| to_sse(news.event.id, &news.event.kind, &news.json))
    }

    /// Reads on in the database.
    async fn look(&mut self) -> Result<(), StoreError> {
        let mut conn = self.store.read().await?;
        // Read first: the list then has all of this client's up to here.
        let newest = events::newest(&mut conn).await?;
        let pruned = events::pruned_through(&mut conn).await?;
        let gap = pruned.filter(|pruned| self.cursor.is_some_and(|cursor| cursor < *pruned));
        let window = Window::After(self.cursor);
        let found = events::list(&mut conn, &self.owner, &self.filter, window, BATCH).await?;
        self.behind = i64::try_from(found.len()).is_ok_and(|count| count == BATCH);
        self.cursor = match found.last() {
            Some(last) if self.behind => Some(last.id),
            Some(last) => Some(last.id).max(newest),
            None => self.cursor.max(newest),
        };
        let found = found.iter().map(|event| to_sse(event.id, &event.kind, &to_json(event)));
        self.read = gap.map(to_gap).into_iter().chain(found).collect();
        Ok(())
    }
}

fn to_sse(id: EventId, kind: &str, json: &str) -> sse::Event {
    sse::Event::default().id(id.to_string()).event(kind).data(json)
}

/// Says that events up to here are no longer there. It has no id: resuming isn't moved by it.
fn to_gap(pruned_through: EventId) -> sse::Event {
    sse::Event::default().event("gap").data(json!({ "pruned_through": pruned_through }).to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sandboxd_shared::clock::SystemClock;
    use sandboxd_shared::domain::{EventType, NewEvent};
    use sandboxd_shared::feed::{Changes, Doorbell};
    use sandboxd_shared::store::migrate;

    use super::*;
    use crate::server::Timeline;

    const LIMIT: Duration = Duration::from_secs(15);
    /// More than is held for a listener that is behind.
    const MANY: usize = 2_500;

    fn follower(store: &Store, timeline: &Timeline, owner: &str) -> Follower {
        Follower {
            store: store.clone(),
            owner: owner.to_owned(),
            filter: Filter::default(),
            cursor: None,
            behind: true,
            read: VecDeque::new(),
            heard: timeline.subscribe(),
            shutdown: CancellationToken::new(),
        }
    }

    /// Adds events of alice's, each with one of bob's, and gives the newest.
    async fn append(store: &Store, count: usize) -> EventId {
        let mut tx = store.write().await.unwrap();
        let (now, mut last) = (store.clock().now(), None);
        for _ in 0..count {
            for owner in ["alice", "bob"] {
                let event = NewEvent::new(owner, EventType::AppCreated);
                last = Some(events::append(&mut tx, &event, now).await.unwrap());
            }
        }
        tx.commit().await.unwrap();
        last.unwrap()
    }

    #[tokio::test]
    async fn one_that_falls_far_behind_gets_all_of_its_own_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("db");
        let store = Store::open(&file, Arc::new(SystemClock), Doorbell::silent()).await.unwrap();
        migrate(&store).await.unwrap();
        let (change, changes) = Changes::manual();
        let timeline = Timeline::follow(store.clone(), &changes, CancellationToken::new());
        let mut slow = follower(&store, &timeline, "alice");
        append(&store, 1).await;
        change.send_modify(|n| *n += 1);
        let heard = tokio::time::timeout(LIMIT, slow.next()).await.unwrap();
        assert!(heard.is_some());
        let first = slow.cursor;

        let mut quick = timeline.subscribe();
        let last = append(&store, MANY).await;
        change.send_modify(|n| *n += 1);
        let told_of_all = async {
            loop {
                if let Told::Event(news) = quick.next().await
                    && news.event.id == last
                {
                    break;
                }
            }
        };
        tokio::time::timeout(LIMIT, told_of_all).await.unwrap();

        let mut conn = store.read().await.unwrap();
        let window = Window::After(first);
        let filter = Filter::default();
        let own = events::list(&mut conn, "alice", &filter, window, 10_000).await.unwrap();
        drop(conn);
        let own: Vec<EventId> = own.iter().map(|event| event.id).collect();
        assert!(own.len() >= MANY);
        let mut seen = Vec::new();
        for _ in &own {
            let event = tokio::time::timeout(LIMIT, slow.next()).await.unwrap().unwrap();
            seen.push(format!("{event:?}"));
        }
        for (event, id) in seen.iter().zip(&own) {
            assert!(event.contains(&id.to_string()), "{event} isn't {id}");
        }
        let more = tokio::time::timeout(Duration::from_millis(50), slow.next()).await;
        assert!(more.is_err(), "there is no more");
    }
}
