//! Idempotency keys: the first answer of a request, kept in the transaction that did its work.

use std::time::Duration;

use sqlx::{FromRow, SqliteConnection};

use super::StoreError;
use crate::clock::Timestamp;

/// How long an answer is replayed.
pub const KEPT: Duration = Duration::from_hours(24);

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Answer {
    /// What identifies the request: its method, path and body.
    pub fingerprint: String,
    /// The HTTP status.
    pub status: i64,
    /// The `Location` header.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

/// The answer given to a key of a tenant, unless it is too old.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn find(
    conn: &mut SqliteConnection,
    owner: &str,
    key: &str,
    now: Timestamp,
) -> Result<Option<Answer>, StoreError> {
    let oldest = now.0 - i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
    Ok(sqlx::query_as(
        "SELECT fingerprint, status, location, body FROM idempotency_keys \
         WHERE owner = $1 AND key = $2 AND created_at > $3",
    )
    .bind(owner)
    .bind(key)
    .bind(oldest)
    .fetch_optional(conn)
    .await?)
}

/// Keeps an answer, in place of one that was given before.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn keep(
    conn: &mut SqliteConnection,
    owner: &str,
    key: &str,
    answer: &Answer,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO idempotency_keys (owner, key, fingerprint, status, location, body, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (owner, key) DO UPDATE SET \
         fingerprint = excluded.fingerprint, status = excluded.status, \
         location = excluded.location, body = excluded.body, created_at = excluded.created_at",
    )
    .bind(owner)
    .bind(key)
    .bind(&answer.fingerprint)
    .bind(answer.status)
    .bind(&answer.location)
    .bind(&answer.body)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets answers that are too old to be replayed.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn prune(conn: &mut SqliteConnection, now: Timestamp) -> Result<u64, StoreError> {
    let oldest = now.0 - i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
    let done = sqlx::query(
        "DELETE FROM idempotency_keys WHERE rowid IN \
         (SELECT rowid FROM idempotency_keys WHERE created_at <= $1 LIMIT 1000)",
    )
    .bind(oldest)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
