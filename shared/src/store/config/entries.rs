//! The entries of an app. Every change makes the app's config a newer version.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _, SqliteConnection};

use crate::domain::{ConfigEntry, ConfigKey};
use crate::ids::AppId;
use crate::secrets::Sealed;
use crate::store::StoreError;

/// An entry with its sealed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The entry.
    pub entry: ConfigEntry,
    /// Its value.
    pub sealed: Sealed,
    /// The length of the value as JSON text.
    pub json_bytes: i64,
}

impl FromRow<'_, SqliteRow> for Row {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            entry: ConfigEntry::from_row(row)?,
            sealed: Sealed::from_row(row)?,
            json_bytes: row.try_get("json_bytes")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for Sealed {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            key_id: row.try_get("key_id")?,
            nonce: row.try_get("nonce")?,
            bytes: row.try_get("sealed")?,
        })
    }
}

/// All entries of an app, by key. There are at most [`ConfigLimits::KEYS`].
///
/// # Errors
/// [`StoreError::Database`]
///
/// [`ConfigLimits::KEYS`]: crate::domain::ConfigLimits::KEYS
pub async fn list(conn: &mut SqliteConnection, app: AppId) -> Result<Vec<Row>, StoreError> {
    Ok(sqlx::query_as(select!(app_config, "WHERE app_id = $1 ORDER BY key"))
        .bind(app)
        .fetch_all(conn)
        .await?)
}

/// An entry of an app.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn find(
    conn: &mut SqliteConnection,
    app: AppId,
    key: &ConfigKey,
) -> Result<Option<Row>, StoreError> {
    Ok(sqlx::query_as(select!(app_config, "WHERE app_id = $1 AND key = $2"))
        .bind(app)
        .bind(key)
        .fetch_optional(conn)
        .await?)
}

/// What an app has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Usage {
    /// How many entries.
    pub keys: i64,
    /// The length of their values as JSON text.
    pub json_bytes: i64,
}

/// What an app has, but for one key.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn usage(
    conn: &mut SqliteConnection,
    app: AppId,
    but_for: &ConfigKey,
) -> Result<Usage, StoreError> {
    Ok(sqlx::query_as(
        "SELECT count(*) AS keys, coalesce(sum(json_bytes), 0) AS json_bytes FROM app_config \
         WHERE app_id = $1 AND key <> $2",
    )
    .bind(app)
    .bind(but_for)
    .fetch_one(conn)
    .await?)
}

/// Adds an entry. False if the app has one of this key: nothing is changed then.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn insert(
    conn: &mut SqliteConnection,
    app: AppId,
    row: &Row,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO app_config (app_id, key, sensitive, access_policy, key_id, nonce, sealed, \
         json_bytes, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (app_id, key) DO NOTHING",
    )
    .bind(app)
    .bind(&row.entry.key)
    .bind(row.entry.sensitive)
    .bind(row.entry.access_policy)
    .bind(&row.sealed.key_id)
    .bind(&row.sealed.nonce)
    .bind(&row.sealed.bytes)
    .bind(row.json_bytes)
    .bind(row.entry.created_at)
    .bind(row.entry.updated_at)
    .execute(&mut *conn)
    .await?;
    let added = done.rows_affected() == 1;
    if added {
        note_change(conn, app).await?;
    }
    Ok(added)
}

/// Writes an entry that is there. Its `created_at` stays.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn replace(conn: &mut SqliteConnection, app: AppId, row: &Row) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE app_config SET sensitive = $3, access_policy = $4, key_id = $5, nonce = $6, \
         sealed = $7, json_bytes = $8, updated_at = $9 WHERE app_id = $1 AND key = $2",
    )
    .bind(app)
    .bind(&row.entry.key)
    .bind(row.entry.sensitive)
    .bind(row.entry.access_policy)
    .bind(&row.sealed.key_id)
    .bind(&row.sealed.nonce)
    .bind(&row.sealed.bytes)
    .bind(row.json_bytes)
    .bind(row.entry.updated_at)
    .execute(&mut *conn)
    .await?;
    note_change(conn, app).await
}

/// Removes an entry. The entries of an app that is deleted go with it.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn delete(
    conn: &mut SqliteConnection,
    app: AppId,
    key: &ConfigKey,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM app_config WHERE app_id = $1 AND key = $2")
        .bind(app)
        .bind(key)
        .execute(&mut *conn)
        .await?;
    note_change(conn, app).await
}

async fn note_change(conn: &mut SqliteConnection, app: AppId) -> Result<(), StoreError> {
    sqlx::query("UPDATE apps SET config_version = config_version + 1 WHERE id = $1")
        .bind(app)
        .execute(conn)
        .await?;
    Ok(())
}
