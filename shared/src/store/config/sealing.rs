//! Which keys values are sealed with, over all apps.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _, SqliteConnection};

use crate::domain::ConfigKey;
use crate::ids::AppId;
use crate::secrets::Sealed;
use crate::store::StoreError;

/// A sealed value and where it belongs.
#[derive(Debug, Clone)]
pub struct SealedRow {
    /// Its app.
    pub app_id: AppId,
    /// Its key.
    pub key: ConfigKey,
    /// The value.
    pub sealed: Sealed,
}

impl FromRow<'_, SqliteRow> for SealedRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            app_id: row.try_get("app_id")?,
            key: row.try_get("key")?,
            sealed: Sealed::from_row(row)?,
        })
    }
}

/// Whether anything is sealed at all.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn any(conn: &mut SqliteConnection) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM app_config)").fetch_one(conn).await?)
}

/// The names of all keys that anything is sealed with.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn key_ids(conn: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT DISTINCT key_id FROM app_config").fetch_all(conn).await?)
}

/// Some values that are sealed with other keys than this one, at most `limit`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn not_sealed_with(
    conn: &mut SqliteConnection,
    key_id: &str,
    limit: i64,
) -> Result<Vec<SealedRow>, StoreError> {
    Ok(sqlx::query_as(select!(app_config, "WHERE key_id <> $1 LIMIT $2"))
        .bind(key_id)
        .bind(limit)
        .fetch_all(conn)
        .await?)
}

/// Writes the same value under another seal: no change that anybody is told of.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn reseal(
    conn: &mut SqliteConnection,
    row: &SealedRow,
    sealed: &Sealed,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE app_config SET key_id = $3, nonce = $4, sealed = $5 \
         WHERE app_id = $1 AND key = $2",
    )
    .bind(row.app_id)
    .bind(&row.key)
    .bind(&sealed.key_id)
    .bind(&sealed.nonce)
    .bind(&sealed.bytes)
    .execute(conn)
    .await?;
    Ok(())
}
