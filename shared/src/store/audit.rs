//! The audit log's rows.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, SqliteConnection};
use ulid::Ulid;

use super::{Page, StoreError, row};
use crate::clock::Timestamp;
use crate::domain::{AuditEntry, NewAuditEntry};
use crate::ids::AuditId;

impl FromRow<'_, SqliteRow> for AuditEntry {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            actor: row.try_get("actor")?,
            action: row.try_get("action")?,
            method: row.try_get("method")?,
            route: row.try_get("route")?,
            targets: row::json(row, "targets")?,
            status: row.try_get("status")?,
            request_id: row.try_get("request_id")?,
            peer: row.try_get("peer")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

/// Adds an entry.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn append(conn: &mut SqliteConnection, entry: &NewAuditEntry) -> Result<(), StoreError> {
    let at = u64::try_from(entry.at.0).unwrap_or(0);
    let id = AuditId::from(Ulid::from_parts(at, Ulid::generate().random()));
    sqlx::query(
        "INSERT INTO audit_log (id, owner, actor, action, method, route, targets, status, \
         request_id, peer, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(id)
    .bind(&entry.owner)
    .bind(&entry.actor)
    .bind(&entry.action)
    .bind(&entry.method)
    .bind(&entry.route)
    .bind(row::to_json(&entry.targets))
    .bind(entry.status)
    .bind(&entry.request_id)
    .bind(&entry.peer)
    .bind(entry.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// What a log is filtered by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one action.
    pub action: Option<String>,
    /// Of one actor.
    pub actor: Option<String>,
}

/// A page of `owner`'s log, newest first.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn list(
    conn: &mut SqliteConnection,
    owner: &str,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<AuditEntry>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(select!(audit_log, "WHERE owner = "));
    query.push_bind(owner);
    if let Some(action) = &filter.action {
        query.push(" AND action = ").push_bind(action);
    }
    if let Some(actor) = &filter.actor {
        query.push(" AND actor = ").push_bind(actor);
    }
    if let Some(before) = &page.before {
        query.push(" AND id < ").push_bind(before);
    }
    query.push(" ORDER BY id DESC LIMIT ").push_bind(page.limit);
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// Removes entries older than `before`, at most `limit`. Gives how many went.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn prune(
    conn: &mut SqliteConnection,
    before: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    let first = Ulid::from_parts(u64::try_from(before.0).unwrap_or(0), 0);
    let done = sqlx::query(
        "DELETE FROM audit_log WHERE id IN \
         (SELECT id FROM audit_log WHERE id < $1 ORDER BY id LIMIT $2)",
    )
    .bind(AuditId::from(first))
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::clock::SystemClock;
    use crate::feed::Doorbell;
    use crate::store::{Store, migrate};

    #[tokio::test]
    async fn old_entries_go_a_few_at_a_time_and_new_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("db");
        let store = Store::open(&file, Arc::new(SystemClock), Doorbell::silent()).await.unwrap();
        migrate(&store).await.unwrap();
        let mut tx = store.write().await.unwrap();
        for at in [1_000, 2_000, 3_000, 9_000] {
            let entry = NewAuditEntry {
                owner: "alice".to_owned(),
                actor: "admin".to_owned(),
                action: "adopt".to_owned(),
                method: String::new(),
                route: String::new(),
                targets: json!({}),
                status: None,
                request_id: None,
                peer: None,
                at: Timestamp(at),
            };
            append(&mut tx, &entry).await.unwrap();
        }
        for gone in [2, 1, 0] {
            assert_eq!(prune(&mut tx, Timestamp(9_000), 2).await.unwrap(), gone);
        }
        let page = Page { limit: 10, before: None };
        let left = list(&mut tx, "alice", &Filter::default(), &page).await.unwrap();
        assert_eq!(left.iter().map(|entry| entry.created_at.0).collect::<Vec<_>>(), [9_000]);
    }
}
