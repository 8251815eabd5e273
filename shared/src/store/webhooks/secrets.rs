//! What webhooks' messages are signed with: sealed secrets, and which keys they are sealed with.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _, SqliteConnection};

use crate::clock::Timestamp;
use crate::ids::WebhookId;
use crate::secrets::Sealed;
use crate::store::StoreError;

/// A sealed secret and where it belongs.
#[derive(Debug, Clone)]
pub struct SealedSecret {
    /// Its webhook.
    pub webhook: WebhookId,
    /// False for the one of before the last rotation.
    pub present: bool,
    /// The secret.
    pub sealed: Sealed,
}

impl FromRow<'_, SqliteRow> for SealedSecret {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            webhook: row.try_get("webhook_id")?,
            present: row.try_get("present")?,
            sealed: Sealed::from_row(row)?,
        })
    }
}

/// Gives a webhook its secret. One that it has signs too until `old_until`, and one that was older
/// is forgotten.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn give(
    conn: &mut SqliteConnection,
    webhook: WebhookId,
    sealed: &Sealed,
    old_until: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM webhook_secrets WHERE webhook_id = $1 AND present = 0")
        .bind(webhook)
        .execute(&mut *conn)
        .await?;
    sqlx::query("UPDATE webhook_secrets SET present = 0, signs_until = $2 WHERE webhook_id = $1")
        .bind(webhook)
        .bind(old_until)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "INSERT INTO webhook_secrets (webhook_id, present, key_id, nonce, sealed) \
         VALUES ($1, 1, $2, $3, $4)",
    )
    .bind(webhook)
    .bind(&sealed.key_id)
    .bind(&sealed.nonce)
    .bind(&sealed.bytes)
    .execute(conn)
    .await?;
    Ok(())
}

/// The secrets that sign a webhook's messages now, the present one first.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn signing(
    conn: &mut SqliteConnection,
    webhook: WebhookId,
    now: Timestamp,
) -> Result<Vec<Sealed>, StoreError> {
    Ok(sqlx::query_as(select!(
        webhook_secrets,
        "WHERE webhook_id = $1 \
         AND (present = 1 OR signs_until > $2) ORDER BY present DESC"
    ))
    .bind(webhook)
    .bind(now)
    .fetch_all(conn)
    .await?)
}

/// Whether there is any.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn any(conn: &mut SqliteConnection) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM webhook_secrets)").fetch_one(conn).await?)
}

/// The names of all keys that any is sealed with.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn key_ids(conn: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT DISTINCT key_id FROM webhook_secrets").fetch_all(conn).await?)
}

/// Some that are sealed with other keys than this one, at most `limit`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn not_sealed_with(
    conn: &mut SqliteConnection,
    key_id: &str,
    limit: i64,
) -> Result<Vec<SealedSecret>, StoreError> {
    Ok(sqlx::query_as(select!(webhook_secrets, "WHERE key_id <> $1 LIMIT $2"))
        .bind(key_id)
        .bind(limit)
        .fetch_all(conn)
        .await?)
}

/// Writes the same secret under another seal.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn reseal(
    conn: &mut SqliteConnection,
    row: &SealedSecret,
    sealed: &Sealed,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE webhook_secrets SET key_id = $3, nonce = $4, sealed = $5 \
         WHERE webhook_id = $1 AND present = $2",
    )
    .bind(row.webhook)
    .bind(row.present)
    .bind(&sealed.key_id)
    .bind(&sealed.nonce)
    .bind(&sealed.bytes)
    .execute(conn)
    .await?;
    Ok(())
}
