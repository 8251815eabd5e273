//! The outbox: what is to be sent is written with its event.

use sqlx::{Row, SqliteConnection};

use crate::clock::Timestamp;
use crate::domain::{EventPatterns, NewEvent, Webhook};
use crate::ids::{AppId, DeliveryId, EventId, WebhookId};
use crate::store::{StoreError, row};
use crate::webhooks::{TEST_TYPE, message, test_message};

/// A message that nobody has sent yet.
struct Message<'a> {
    id: String,
    event: Option<EventId>,
    kind: &'a str,
    body: &'a str,
}

/// Writes a delivery for each webhook that wants to hear of an event.
pub(in crate::store) async fn write_for(
    conn: &mut SqliteConnection,
    event: &NewEvent,
    id: EventId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let listening =
        sqlx::query("SELECT id, events, app_id FROM webhooks WHERE owner = $1 AND enabled = 1")
            .bind(&event.owner)
            .fetch_all(&mut *conn)
            .await?;
    let mut wanted = Vec::new();
    for webhook in &listening {
        let app: Option<AppId> = webhook.try_get("app_id")?;
        let patterns: EventPatterns = row::json(webhook, "events")?;
        if (app.is_none() || app == event.app_id) && patterns.matches(event.kind.as_str()) {
            wanted.push(webhook.try_get("id")?);
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let body = message(&event.to_event(id, now));
    let message =
        Message { id: id.to_string(), event: Some(id), kind: event.kind.as_str(), body: &body };
    for webhook in wanted {
        write(conn, webhook, &message, now).await?;
    }
    Ok(())
}

/// Writes a delivery that only tries a webhook.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn try_out(
    conn: &mut SqliteConnection,
    webhook: &Webhook,
    now: Timestamp,
) -> Result<DeliveryId, StoreError> {
    let body = test_message(webhook.id, now);
    let id = DeliveryId::generate().to_string();
    let message = Message { id, event: None, kind: TEST_TYPE, body: &body };
    write(conn, webhook.id, &message, now).await
}

async fn write(
    conn: &mut SqliteConnection,
    webhook: WebhookId,
    message: &Message<'_>,
    now: Timestamp,
) -> Result<DeliveryId, StoreError> {
    let id = DeliveryId::generate();
    sqlx::query(
        "INSERT INTO webhook_deliveries (id, webhook_id, message_id, event_id, type, body, status, \
         due_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $7)",
    )
    .bind(id)
    .bind(webhook)
    .bind(&message.id)
    .bind(message.event)
    .bind(message.kind)
    .bind(message.body)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(id)
}

/// Cancels what waits for a webhook that is disabled.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn cancel_waiting(
    conn: &mut SqliteConnection,
    webhook: WebhookId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE webhook_deliveries SET status = 'cancelled', due_at = NULL, claimed_by = NULL, \
         finished_at = $2 WHERE webhook_id = $1 AND status = 'pending'",
    )
    .bind(webhook)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
