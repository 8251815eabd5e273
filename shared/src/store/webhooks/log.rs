//! What was sent to webhooks, and how that went.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use crate::clock::Timestamp;
use crate::domain::{Delivery, DeliveryStatus};
use crate::ids::{DeliveryId, WebhookId};
use crate::store::{Page, StoreError};

impl FromRow<'_, SqliteRow> for Delivery {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            webhook_id: row.try_get("webhook_id")?,
            message_id: row.try_get("message_id")?,
            event_id: row.try_get("event_id")?,
            kind: row.try_get("type")?,
            status: row.try_get("status")?,
            attempts: row.try_get("attempts")?,
            next_attempt_at: row.try_get("due_at")?,
            response_status: row.try_get("response_status")?,
            response_excerpt: row.try_get("response_excerpt")?,
            error: row.try_get("error")?,
            duration_ms: row.try_get("duration_ms")?,
            attempted_at: row.try_get("attempted_at")?,
            created_at: row.try_get("created_at")?,
            finished_at: row.try_get("finished_at")?,
        })
    }
}

/// A page of a webhook's deliveries.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn list_deliveries(
    conn: &mut SqliteConnection,
    webhook: WebhookId,
    status: Option<DeliveryStatus>,
    page: &Page,
) -> Result<Vec<Delivery>, StoreError> {
    Ok(sqlx::query_as(select!(
        webhook_deliveries,
        "WHERE webhook_id = $1 AND ($2 IS NULL OR id < $2) \
         AND ($3 IS NULL OR status = $3) ORDER BY id DESC LIMIT $4"
    ))
    .bind(webhook)
    .bind(&page.before)
    .bind(status)
    .bind(page.limit)
    .fetch_all(conn)
    .await?)
}

/// A delivery of a webhook.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn find_delivery(
    conn: &mut SqliteConnection,
    webhook: WebhookId,
    id: DeliveryId,
) -> Result<Option<Delivery>, StoreError> {
    Ok(sqlx::query_as(select!(webhook_deliveries, "WHERE id = $2 AND webhook_id = $1"))
        .bind(webhook)
        .bind(id)
        .fetch_optional(conn)
        .await?)
}

/// Writes the same message once more, as a delivery of its own.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn redeliver(
    conn: &mut SqliteConnection,
    of: DeliveryId,
    now: Timestamp,
) -> Result<DeliveryId, StoreError> {
    let id = DeliveryId::generate();
    sqlx::query(
        "INSERT INTO webhook_deliveries (id, webhook_id, message_id, event_id, type, body, status, \
         due_at, created_at) SELECT $2, webhook_id, message_id, event_id, type, body, 'pending', \
         $3, $3 FROM webhook_deliveries WHERE id = $1",
    )
    .bind(of)
    .bind(id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(id)
}

/// Removes deliveries that ended before `before`, at most `limit`. Gives how many went.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn prune(
    conn: &mut SqliteConnection,
    before: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries \
         WHERE finished_at < $1 ORDER BY finished_at LIMIT $2)",
    )
    .bind(before)
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Fails the oldest messages of webhooks for which more than `max` wait, at most `limit`: what a
/// receiver has missed for long must not grow without end. Gives how many.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn trim(
    conn: &mut SqliteConnection,
    max: i64,
    limit: i64,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE webhook_deliveries SET status = 'failed', due_at = NULL, finished_at = $3, \
         error = 'too many newer messages wait for this webhook' \
         WHERE claimed_by IS NULL AND id IN (SELECT id FROM (SELECT id, row_number() OVER \
         (PARTITION BY webhook_id ORDER BY message_id DESC) AS place FROM webhook_deliveries \
         WHERE status = 'pending') WHERE place > $1 LIMIT $2)",
    )
    .bind(max)
    .bind(limit)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
