//! Signed-in browsers.

use sqlx::{FromRow, SqliteConnection};

use super::StoreError;
use crate::clock::Timestamp;

/// A session, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Session {
    /// BLAKE3 of its secret, in hex.
    pub hash: String,
    /// Who signed in.
    pub tenant: String,
    /// BLAKE3 of the token it was made with, in hex.
    pub token_hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, roughly.
    pub seen_at: Timestamp,
}

/// Adds a session; a token has `per_token` at most, the oldest go.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn insert(
    conn: &mut SqliteConnection,
    session: &Session,
    per_token: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sessions (hash, tenant, token_hash, created_at, seen_at) \
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&session.hash)
    .bind(&session.tenant)
    .bind(&session.token_hash)
    .bind(session.created_at)
    .bind(session.seen_at)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "DELETE FROM sessions WHERE token_hash = $1 AND hash NOT IN (SELECT hash FROM sessions \
         WHERE token_hash = $1 ORDER BY created_at DESC, hash LIMIT $2)",
    )
    .bind(&session.token_hash)
    .bind(per_token)
    .execute(conn)
    .await?;
    Ok(())
}

/// The session with a hash, ended or not.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn find(conn: &mut SqliteConnection, hash: &str) -> Result<Option<Session>, StoreError> {
    Ok(sqlx::query_as(select!(sessions, "WHERE hash = $1")).bind(hash).fetch_optional(conn).await?)
}

/// Notes that a session is used.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn touch(
    conn: &mut SqliteConnection,
    hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET seen_at = max(seen_at, $2) WHERE hash = $1")
        .bind(hash)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn delete(conn: &mut SqliteConnection, hash: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE hash = $1").bind(hash).execute(conn).await?;
    Ok(())
}

/// Ends the sessions that were made with a token.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn delete_of_token(
    conn: &mut SqliteConnection,
    token_hash: &str,
) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM sessions WHERE token_hash = $1")
        .bind(token_hash)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}

/// Forgets sessions not used since `seen`, and those made before `made`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn prune(
    conn: &mut SqliteConnection,
    seen: Timestamp,
    made: Timestamp,
) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM sessions WHERE seen_at < $1 OR created_at < $2")
        .bind(seen)
        .bind(made)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}
