//! Leases: at most one process does a node's housekeeping or takes a backup, and never for longer
//! than a lease after it has died.

use sqlx::SqliteConnection;

use super::StoreError;
use crate::clock::Timestamp;

/// Held by a backup that is being taken: meanwhile no layer is removed.
pub const BACKUP: &str = "backup";

/// Takes or renews a lease. False if somebody else has it.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn hold(
    conn: &mut SqliteConnection,
    name: &str,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO leases (name, owner, until) VALUES ($1, $2, $4) \
         ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until \
         WHERE leases.owner = excluded.owner OR leases.until < $3",
    )
    .bind(name)
    .bind(owner)
    .bind(now)
    .bind(until)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a lease back.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn give_back(
    conn: &mut SqliteConnection,
    name: &str,
    owner: &str,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM leases WHERE name = $1 AND owner = $2")
        .bind(name)
        .bind(owner)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether somebody has a lease.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn is_held(
    conn: &mut SqliteConnection,
    name: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM leases WHERE name = $1 AND until >= $2)")
        .bind(name)
        .bind(now)
        .fetch_one(conn)
        .await?)
}
