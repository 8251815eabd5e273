//! The timeline's rows.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, SqliteConnection};
use ulid::Ulid;

use super::{StoreError, row, webhooks};
use crate::clock::Timestamp;
use crate::domain::{Event, EventPattern, EventPatterns, EventType, NewEvent, Severity};
use crate::ids::{AppId, EventId, OperationId, SandboxId, SnapshotId, TaskId, fresh};

impl FromRow<'_, SqliteRow> for Event {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            kind: row.try_get("type")?,
            severity: row.try_get("severity")?,
            message: row.try_get("message")?,
            app_id: row.try_get("app_id")?,
            sandbox_id: row.try_get("sandbox_id")?,
            snapshot_id: row.try_get("snapshot_id")?,
            task_id: row.try_get("task_id")?,
            operation_id: row.try_get("operation_id")?,
            attempt: row.try_get("attempt")?,
            payload: row::json(row, "payload")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

/// Adds an event, and what webhooks are to be sent of it. Must be called inside a write transaction: its id is allocated there, greater
/// than the newest row's, so that ids grow in commit order across processes.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn append(
    conn: &mut SqliteConnection,
    event: &NewEvent,
    now: Timestamp,
) -> Result<EventId, StoreError> {
    let newest: Option<EventId> =
        sqlx::query_scalar("SELECT max(id) FROM events").fetch_one(&mut *conn).await?;
    let fresh = Ulid::from_parts(u64::try_from(now.0).unwrap_or(0), fresh().random());
    let id = match newest.map(Ulid::from) {
        Some(newest) if newest >= fresh => Ulid(newest.0 + 1),
        _ => fresh,
    };
    let id = EventId::from(id);
    sqlx::query(
        "INSERT INTO events (id, owner, app_id, sandbox_id, snapshot_id, task_id, operation_id, \
         attempt, type, severity, message, payload, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(id)
    .bind(&event.owner)
    .bind(event.app_id)
    .bind(event.sandbox_id)
    .bind(event.snapshot_id)
    .bind(event.task_id)
    .bind(event.operation.map(|(id, _)| id))
    .bind(event.operation.map(|(_, attempt)| attempt))
    .bind(event.kind)
    .bind(event.kind.severity())
    .bind(event.kind.message())
    .bind(row::to_json(&event.payload))
    .bind(now)
    .execute(&mut *conn)
    .await?;
    webhooks::write_for(conn, event, id, now).await?;
    Ok(id)
}

/// What a timeline is filtered by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one app.
    pub app_id: Option<AppId>,
    /// Of one sandbox.
    pub sandbox_id: Option<SandboxId>,
    /// Of one operation.
    pub operation_id: Option<OperationId>,
    /// Of one snapshot.
    pub snapshot_id: Option<SnapshotId>,
    /// Of one task.
    pub task_id: Option<TaskId>,
    /// Of some types.
    pub kinds: Option<EventPatterns>,
    /// Of one severity.
    pub severity: Option<String>,
}

impl Filter {
    /// Whether [`list`] would give the event.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
            wanted.is_none() || wanted == found
        }
        is(self.app_id.as_ref(), event.app_id.as_ref())
            && is(self.sandbox_id.as_ref(), event.sandbox_id.as_ref())
            && is(self.operation_id.as_ref(), event.operation_id.as_ref())
            && is(self.snapshot_id.as_ref(), event.snapshot_id.as_ref())
            && is(self.task_id.as_ref(), event.task_id.as_ref())
            && self.kinds.as_ref().is_none_or(|wanted| wanted.matches(&event.kind))
            && self.severity.as_deref().is_none_or(|wanted| wanted == event.severity.as_str())
    }
}

/// Which part of a timeline.
#[derive(Debug, Clone, Copy)]
pub enum Window {
    /// Newest first, strictly older than the id.
    Before(Option<EventId>),
    /// Oldest first, strictly newer than the id.
    After(Option<EventId>),
}

/// Events of `owner`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn list(
    conn: &mut SqliteConnection,
    owner: &str,
    filter: &Filter,
    window: Window,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(select!(events, "WHERE owner = "));
    query.push_bind(owner);
    if let Some(id) = filter.app_id {
        query.push(" AND app_id = ").push_bind(id);
    }
    if let Some(id) = filter.sandbox_id {
        query.push(" AND sandbox_id = ").push_bind(id);
    }
    if let Some(id) = filter.operation_id {
        query.push(" AND operation_id = ").push_bind(id);
    }
    if let Some(id) = filter.snapshot_id {
        query.push(" AND snapshot_id = ").push_bind(id);
    }
    if let Some(id) = filter.task_id {
        query.push(" AND task_id = ").push_bind(id);
    }
    if let Some(kinds) = &filter.kinds {
        push_kinds(&mut query, kinds);
    }
    if let Some(severity) = &filter.severity {
        if severity != Severity::Info.as_str() {
            // What the index of those that are seldom says.
            query.push(" AND severity <> 'info'");
        }
        query.push(" AND severity = ").push_bind(severity);
    }
    let (bound, comparison, order) = match window {
        Window::Before(id) => (id, " AND id < ", " ORDER BY id DESC"),
        Window::After(id) => (id, " AND id > ", " ORDER BY id"),
    };
    if let Some(id) = bound {
        query.push(comparison).push_bind(id);
    }
    query.push(order).push(" LIMIT ").push_bind(limit);
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// The newest event of a type about a sandbox.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn newest_of(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    kind: EventType,
) -> Result<Option<Event>, StoreError> {
    Ok(sqlx::query_as(select!(
        events,
        "WHERE sandbox_id = $1 AND type = $2 ORDER BY id DESC LIMIT 1"
    ))
    .bind(sandbox)
    .bind(kind)
    .fetch_optional(conn)
    .await?)
}

/// What comes after an event in the timelines of all tenants, oldest first, each with its owner.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn of_all_after(
    conn: &mut SqliteConnection,
    after: Option<EventId>,
    limit: i64,
) -> Result<Vec<(String, Event)>, StoreError> {
    let rows = sqlx::query(select!(events, "WHERE ($1 IS NULL OR id > $1) ORDER BY id LIMIT $2"))
        .bind(after)
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("owner")?, Event::from_row(row)?)))
        .collect::<sqlx::Result<_>>()
        .map_err(StoreError::from)
}

/// The newest event of all tenants: where a live stream without a cursor begins.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn newest(conn: &mut SqliteConnection) -> Result<Option<EventId>, StoreError> {
    Ok(sqlx::query_scalar("SELECT max(id) FROM events").fetch_one(conn).await?)
}

/// ` AND` a condition on the type.
fn push_kinds(query: &mut QueryBuilder<Sqlite>, kinds: &EventPatterns) {
    // One type alone is found by its index; several are looked for from the newest on.
    if let [EventPattern::Type(kind)] = kinds.as_slice() {
        query.push(" AND type = ").push_bind(*kind);
        return;
    }
    query.push(" AND (FALSE");
    for pattern in kinds.as_slice() {
        match pattern {
            EventPattern::All => query.push(" OR TRUE"),
            EventPattern::Type(kind) => query.push(" OR type = ").push_bind(*kind),
            EventPattern::Family(start) => query
                .push(" OR substr(type, 1, length(")
                .push_bind(start.clone())
                .push(")) = ")
                .push_bind(start.clone()),
        };
    }
    query.push(")");
}

/// Removes events older than `before`, at most `limit`, and notes how far. The newest stays: ids
/// go on from it. Gives how many went.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn prune(
    conn: &mut SqliteConnection,
    before: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    let first = Ulid::from_parts(u64::try_from(before.0).unwrap_or(0), 0);
    let through: Option<EventId> = sqlx::query_scalar(
        "SELECT max(id) FROM (SELECT id FROM events WHERE id < $1 \
         AND id < (SELECT max(id) FROM events) ORDER BY id LIMIT $2)",
    )
    .bind(EventId::from(first))
    .bind(limit)
    .fetch_one(&mut *conn)
    .await?;
    let Some(through) = through else { return Ok(0) };
    let done =
        sqlx::query("DELETE FROM events WHERE id <= $1").bind(through).execute(&mut *conn).await?;
    sqlx::query(
        "INSERT INTO event_retention (only_row, pruned_through) VALUES (1, $1) \
         ON CONFLICT (only_row) DO UPDATE SET pruned_through = excluded.pruned_through",
    )
    .bind(through)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// The newest event that was pruned: a timeline is whole only after it.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn pruned_through(conn: &mut SqliteConnection) -> Result<Option<EventId>, StoreError> {
    Ok(sqlx::query_scalar("SELECT pruned_through FROM event_retention")
        .fetch_optional(conn)
        .await?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::clock::{Clock, ManualClock};
    use crate::domain::EventType;
    use crate::feed::Doorbell;
    use crate::store::{Store, migrate};

    const WRITES: usize = 60;

    async fn write(store: &Store, name: &'static str) -> Vec<EventId> {
        let mut written = Vec::new();
        for _ in 0..WRITES {
            let mut tx = store.write().await.unwrap();
            let event = NewEvent::new(name, EventType::AppCreated);
            let now = store.clock().now();
            written.push(append(&mut tx, &event, now).await.unwrap());
            // The other one wants to write, too.
            tokio::task::yield_now().await;
            tx.commit().await.unwrap();
        }
        written
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn ids_grow_in_commit_order_whatever_the_writers_clocks_say() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("db");
        let clock = Arc::new(ManualClock::new(Timestamp(1_700_000_000_000)));
        let late = Arc::new(ManualClock::new(clock.now().minus(Duration::from_secs(3_600))));
        let one = Store::open(&file, clock, Doorbell::silent()).await.unwrap();
        let other = Store::open(&file, late, Doorbell::silent()).await.unwrap();
        migrate(&one).await.unwrap();
        let read = async {
            let (mut seen, mut last) = (Vec::new(), None);
            while seen.len() < 2 * WRITES {
                let mut conn = one.read().await.unwrap();
                for (_, event) in of_all_after(&mut conn, last, 5).await.unwrap() {
                    last = Some(event.id);
                    seen.push(event.id);
                }
                drop(conn);
                tokio::task::yield_now().await;
            }
            seen
        };
        let all = async { tokio::join!(write(&one, "one"), write(&other, "other"), read) };
        let (mut written, others, seen) =
            tokio::time::timeout(Duration::from_secs(30), all).await.expect("none is skipped");
        assert!(written.is_sorted() && others.is_sorted());
        written.extend(others);
        written.sort();
        assert_eq!(seen, written);
    }
}
