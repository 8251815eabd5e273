//! Links to private previews.

use std::time::Duration;

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use super::{Page, StoreError};
use crate::clock::Timestamp;
use crate::domain::PreviewToken;
use crate::ids::{PreviewTokenId, SandboxId};

/// How long one that opens nothing any more is still listed.
pub const KEPT: Duration = Duration::from_hours(24);

impl FromRow<'_, SqliteRow> for PreviewToken {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            owner: row.try_get("owner")?,
            sandbox_id: row.try_get("sandbox_id")?,
            port: row.try_get("port")?,
            expires_at: row.try_get("expires_at")?,
            revoked_at: row.try_get("revoked_at")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

/// Adds one.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn insert(conn: &mut SqliteConnection, token: &PreviewToken) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO preview_tokens (id, owner, sandbox_id, port, expires_at, revoked_at, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(token.id)
    .bind(&token.owner)
    .bind(token.sandbox_id)
    .bind(token.port)
    .bind(token.expires_at)
    .bind(token.revoked_at)
    .bind(token.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of a sandbox's, also of those that open nothing any more.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn list(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    page: &Page,
) -> Result<Vec<PreviewToken>, StoreError> {
    Ok(sqlx::query_as(select!(
        preview_tokens,
        "WHERE sandbox_id = $1 AND ($2 IS NULL OR id < $2) \
         ORDER BY id DESC LIMIT $3"
    ))
    .bind(sandbox)
    .bind(&page.before)
    .bind(page.limit)
    .fetch_all(conn)
    .await?)
}

/// How many of a sandbox's still open something, and how many rows it has in all.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn count(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    now: Timestamp,
) -> Result<(i64, i64), StoreError> {
    Ok(sqlx::query_as(
        "SELECT count(*) FILTER (WHERE revoked_at IS NULL AND expires_at > $2), count(*) \
         FROM preview_tokens WHERE sandbox_id = $1",
    )
    .bind(sandbox)
    .bind(now)
    .fetch_one(conn)
    .await?)
}

/// Revokes one, unless that was done before. False if the sandbox has none of that id.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn revoke(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    id: PreviewTokenId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE preview_tokens SET revoked_at = coalesce(revoked_at, $3) \
         WHERE id = $1 AND sandbox_id = $2",
    )
    .bind(id)
    .bind(sandbox)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The ids of all that open something; for the gateway's table.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn live(
    conn: &mut SqliteConnection,
    now: Timestamp,
) -> Result<Vec<PreviewTokenId>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT id FROM preview_tokens WHERE revoked_at IS NULL AND expires_at > $1",
    )
    .bind(now)
    .fetch_all(conn)
    .await?)
}

/// Forgets up to `limit` that have opened nothing for [`KEPT`].
///
/// # Errors
/// [`StoreError::Database`]
pub async fn prune(
    conn: &mut SqliteConnection,
    now: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM preview_tokens WHERE id IN (SELECT id FROM preview_tokens \
         WHERE expires_at <= $1 OR revoked_at <= $1 LIMIT $2)",
    )
    .bind(now.minus(KEPT))
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
