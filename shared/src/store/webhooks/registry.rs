//! The webhooks themselves.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use crate::clock::Timestamp;
use crate::domain::{DisabledReason, EventPatterns, Webhook};
use crate::ids::WebhookId;
use crate::store::{Page, StoreError, row};

impl FromRow<'_, SqliteRow> for Webhook {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            owner: row.try_get("owner")?,
            url: row.try_get("url")?,
            events: row::json(row, "events")?,
            app_id: row.try_get("app_id")?,
            description: row.try_get("description")?,
            enabled: row.try_get("enabled")?,
            disabled_reason: row.try_get("disabled_reason")?,
            failing_since: row.try_get("failing_since")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// Adds a webhook. Its secret is to be given in the same transaction, see
/// [`secrets::give`](super::secrets::give).
///
/// # Errors
/// [`StoreError::Database`]
pub async fn insert(conn: &mut SqliteConnection, webhook: &Webhook) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO webhooks (id, owner, url, events, app_id, description, enabled, \
         disabled_reason, failing_since, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(webhook.id)
    .bind(&webhook.owner)
    .bind(&webhook.url)
    .bind(row::to_json(&webhook.events))
    .bind(webhook.app_id)
    .bind(&webhook.description)
    .bind(webhook.enabled)
    .bind(webhook.disabled_reason)
    .bind(webhook.failing_since)
    .bind(webhook.created_at)
    .bind(webhook.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A webhook of `owner`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn find(
    conn: &mut SqliteConnection,
    owner: &str,
    id: WebhookId,
) -> Result<Option<Webhook>, StoreError> {
    Ok(sqlx::query_as(select!(webhooks, "WHERE id = $2 AND owner = $1"))
        .bind(owner)
        .bind(id)
        .fetch_optional(conn)
        .await?)
}

/// A page of `owner`'s webhooks.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn list(
    conn: &mut SqliteConnection,
    owner: &str,
    page: &Page,
) -> Result<Vec<Webhook>, StoreError> {
    Ok(sqlx::query_as(select!(
        webhooks,
        "WHERE owner = $1 AND ($2 IS NULL OR id < $2) \
         ORDER BY id DESC LIMIT $3"
    ))
    .bind(owner)
    .bind(&page.before)
    .bind(page.limit)
    .fetch_all(conn)
    .await?)
}

/// How many webhooks `owner` has.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn count(conn: &mut SqliteConnection, owner: &str) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM webhooks WHERE owner = $1")
        .bind(owner)
        .fetch_one(conn)
        .await?)
}

/// New values; `None` leaves one as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Where events are sent.
    pub url: Option<String>,
    /// Which.
    pub events: Option<EventPatterns>,
    /// For a person; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// Whether anything is sent. True forgives what failed before.
    pub enabled: Option<bool>,
}

/// Changes a webhook.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn update(
    conn: &mut SqliteConnection,
    id: WebhookId,
    change: &Change,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE webhooks SET url = coalesce($2, url), events = coalesce($3, events), \
         description = CASE WHEN $4 THEN $5 ELSE description END, \
         enabled = coalesce($6, enabled), \
         disabled_reason = CASE WHEN $6 THEN NULL WHEN NOT $6 THEN coalesce(disabled_reason, $7) \
                           ELSE disabled_reason END, \
         failing_since = CASE WHEN $6 THEN NULL ELSE failing_since END, \
         updated_at = $8 WHERE id = $1",
    )
    .bind(id)
    .bind(&change.url)
    .bind(change.events.as_ref().map(row::to_json))
    .bind(change.description.is_some())
    .bind(change.description.clone().flatten())
    .bind(change.enabled)
    .bind(DisabledReason::User)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a webhook with its deliveries.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn delete(conn: &mut SqliteConnection, id: WebhookId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM webhooks WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

/// Notes that an attempt succeeded.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn succeeded(conn: &mut SqliteConnection, id: WebhookId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE webhooks SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL",
    )
    .bind(id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that an attempt failed. Gives since when none has succeeded; none if the webhook is gone.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn failed(
    conn: &mut SqliteConnection,
    id: WebhookId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    Ok(sqlx::query_scalar(
        "UPDATE webhooks SET failing_since = coalesce(failing_since, $2) WHERE id = $1 \
         RETURNING failing_since",
    )
    .bind(id)
    .bind(now)
    .fetch_optional(conn)
    .await?)
}

/// Disables a webhook. None if it isn't enabled.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn disable(
    conn: &mut SqliteConnection,
    id: WebhookId,
    reason: DisabledReason,
    now: Timestamp,
) -> Result<Option<Webhook>, StoreError> {
    Ok(sqlx::query_as(concat!(
        "UPDATE webhooks SET enabled = 0, disabled_reason = $2, updated_at = $3 \
         WHERE id = $1 AND enabled = 1 RETURNING ",
        columns!(webhooks)
    ))
    .bind(id)
    .bind(reason)
    .bind(now)
    .fetch_optional(conn)
    .await?)
}
