//! Sending what is in the outbox: claims that run out by themselves, and what came of them.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::clock::Timestamp;
use crate::domain::DeliveryStatus;
use crate::ids::{DeliveryId, WebhookId};
use crate::secrets::Sealed;
use crate::store::StoreError;

use super::secrets;

/// Webhooks that one look at the outbox takes from; the others have their turn at the next.
const LOOK_AT: i64 = 200;

/// How many messages may be on their way.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// More that the caller can take.
    pub free: usize,
    /// To one webhook, of all workers: a slow one holds up only itself.
    pub per_webhook: usize,
    /// To all webhooks of a tenant, of all workers.
    pub per_owner: usize,
}

/// The right to send a message.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The delivery.
    pub delivery: DeliveryId,
    /// To whom.
    pub webhook: WebhookId,
    /// Which attempt it is, from 1.
    pub attempt: i64,
    /// Who sends.
    pub worker: String,
}

/// A claimed message, with all that is needed to send it.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The right to send it.
    pub claim: Claim,
    /// Where.
    pub url: String,
    /// The sealed secrets that sign it, the present one first.
    pub sealed: Vec<Sealed>,
    /// The header `webhook-id`.
    pub message_id: String,
    /// What is sent.
    pub body: String,
    /// Whether it only tries the webhook.
    pub is_test: bool,
}

/// When the next message is due; none if none waits.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn next_due(conn: &mut SqliteConnection) -> Result<Option<Timestamp>, StoreError> {
    Ok(sqlx::query_scalar("SELECT min(due_at) FROM webhook_deliveries WHERE status = 'pending'")
        .fetch_one(conn)
        .await?)
}

/// The webhooks for which something is due, with how much of it may be sent now; the one that has
/// waited longest first.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn with_room(
    conn: &mut SqliteConnection,
    limits: Limits,
    now: Timestamp,
) -> Result<Vec<(WebhookId, usize)>, StoreError> {
    let waiting: Vec<(WebhookId, String)> = sqlx::query_as(
        "SELECT w.id, w.owner FROM webhooks w JOIN (SELECT webhook_id, min(due_at) AS due \
         FROM webhook_deliveries WHERE status = 'pending' GROUP BY webhook_id) d \
         ON d.webhook_id = w.id WHERE d.due <= $1 ORDER BY d.due LIMIT $2",
    )
    .bind(now)
    .bind(LOOK_AT)
    .fetch_all(&mut *conn)
    .await?;
    let mut flying = Flying::read(conn, now).await?;
    let (mut free, mut found) = (limits.free, Vec::new());
    for (webhook, owner) in waiting {
        let room = flying.room(webhook, &owner, limits).min(free);
        if room > 0 {
            flying.add(webhook, owner, room);
            free -= room;
            found.push((webhook, room));
        }
    }
    Ok(found)
}

/// Takes messages that are due, the longest due of each webhook first, until `until`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn claim(
    conn: &mut SqliteConnection,
    worker: &str,
    limits: Limits,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<Attempt>, StoreError> {
    let mut claimed = Vec::new();
    for (webhook, room) in with_room(conn, limits, now).await? {
        claimed.extend(take(conn, webhook, worker, room, now, until).await?);
    }
    Ok(claimed)
}

/// What is on its way, of all workers.
struct Flying {
    to: HashMap<WebhookId, usize>,
    of: HashMap<String, usize>,
}

impl Flying {
    async fn read(conn: &mut SqliteConnection, now: Timestamp) -> Result<Self, StoreError> {
        let rows: Vec<(WebhookId, String, i64)> = sqlx::query_as(
            "SELECT w.id, w.owner, count(*) FROM webhook_deliveries d \
             JOIN webhooks w ON w.id = d.webhook_id \
             WHERE d.claimed_by IS NOT NULL AND d.due_at > $1 GROUP BY w.id, w.owner",
        )
        .bind(now)
        .fetch_all(conn)
        .await?;
        let mut flying = Self { to: HashMap::new(), of: HashMap::new() };
        for (webhook, owner, count) in rows {
            flying.add(webhook, owner, usize::try_from(count).unwrap_or(usize::MAX));
        }
        Ok(flying)
    }

    fn room(&self, webhook: WebhookId, owner: &str, limits: Limits) -> usize {
        let to = self.to.get(&webhook).copied().unwrap_or(0);
        let of = self.of.get(owner).copied().unwrap_or(0);
        limits.per_webhook.saturating_sub(to).min(limits.per_owner.saturating_sub(of))
    }

    fn add(&mut self, webhook: WebhookId, owner: String, count: usize) {
        *self.to.entry(webhook).or_default() += count;
        *self.of.entry(owner).or_default() += count;
    }
}

async fn take(
    conn: &mut SqliteConnection,
    webhook: WebhookId,
    worker: &str,
    limit: usize,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<Attempt>, StoreError> {
    let rows = sqlx::query(
        "UPDATE webhook_deliveries AS d SET claimed_by = $2, due_at = $4, attempts = attempts + 1 \
         WHERE id IN (SELECT id FROM webhook_deliveries WHERE webhook_id = $1 \
         AND status = 'pending' AND due_at <= $3 ORDER BY due_at, message_id LIMIT $5) \
         RETURNING id, webhook_id, attempts, claimed_by, message_id, event_id, body, \
         (SELECT url FROM webhooks w WHERE w.id = webhook_id) AS url",
    )
    .bind(webhook)
    .bind(worker)
    .bind(now)
    .bind(until)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(&mut *conn)
    .await?;
    let sealed = secrets::signing(conn, webhook, now).await?;
    let taken = rows.iter().map(|row| attempt(row, &sealed));
    let mut taken = taken.collect::<sqlx::Result<Vec<_>>>()?;
    // RETURNING gives them in no particular order.
    taken.sort_by(|one, other| one.message_id.cmp(&other.message_id));
    Ok(taken)
}

fn attempt(row: &SqliteRow, sealed: &[Sealed]) -> sqlx::Result<Attempt> {
    Ok(Attempt {
        claim: Claim {
            delivery: row.try_get("id")?,
            webhook: row.try_get("webhook_id")?,
            attempt: row.try_get("attempts")?,
            worker: row.try_get("claimed_by")?,
        },
        url: row.try_get("url")?,
        sealed: sealed.to_vec(),
        message_id: row.try_get("message_id")?,
        body: row.try_get("body")?,
        is_test: row.try_get::<Option<&str>, _>("event_id")?.is_none(),
    })
}

/// What came of an attempt.
#[derive(Debug, Clone)]
pub struct Ended {
    /// What the delivery is now; pending with the time of the next attempt.
    pub status: DeliveryStatus,
    /// When the next attempt begins, if the delivery is pending.
    pub next: Option<Timestamp>,
    /// The answer's status.
    pub response_status: Option<u16>,
    /// The beginning of its body.
    pub response_excerpt: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: i64,
}

/// Writes down what came of an attempt. False if the claim was lost: somebody else has it, or the
/// delivery was cancelled.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn record(
    conn: &mut SqliteConnection,
    claim: &Claim,
    ended: &Ended,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE webhook_deliveries SET status = $4, due_at = $5, claimed_by = NULL, \
         response_status = $6, response_excerpt = $7, error = $8, duration_ms = $9, \
         attempted_at = $10, finished_at = CASE WHEN $5 IS NULL THEN $10 END \
         WHERE id = $1 AND attempts = $2 AND claimed_by = $3",
    )
    .bind(claim.delivery)
    .bind(claim.attempt)
    .bind(&claim.worker)
    .bind(ended.status)
    .bind(ended.next)
    .bind(ended.response_status)
    .bind(&ended.response_excerpt)
    .bind(&ended.error)
    .bind(ended.duration_ms)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
