//! What an attempt changes: the delivery, its webhook, and the timeline if that is given up.

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{DeliveryStatus, DisabledReason, EventType, NewEvent};
use sandboxd_shared::store::webhooks::{self, Attempt, Ended};
use sandboxd_shared::store::{Store, StoreError, WriteTx, events};
use serde_json::json;

use super::SendError;
use super::post::Answered;
use super::schedule;

const GONE: u16 = 410;

/// Writes down what came of an attempt. False if the claim was lost.
pub(super) async fn settle(
    store: &Store,
    attempt: &Attempt,
    came: &Result<Answered, SendError>,
    duration_ms: i64,
) -> Result<bool, StoreError> {
    let success = matches!(came, Ok(answer) if (200..300).contains(&answer.status));
    // A power cut that takes a success back costs one more message with the same id.
    let mut tx = if success { store.write_lightly().await? } else { store.write().await? };
    let now = store.clock().now();
    let mut ended = Ended {
        status: DeliveryStatus::Succeeded,
        next: None,
        response_status: came.as_ref().ok().map(|answer| answer.status),
        response_excerpt: came.as_ref().ok().and_then(|answer| answer.excerpt.clone()),
        error: error(came),
        duration_ms,
    };
    let gone = ended.response_status == Some(GONE);
    if !success {
        // One that tries the webhook says at once how that went.
        let again = !gone && !attempt.is_test;
        ended.next = if again { schedule::next(attempt.claim.attempt, now, luck()) } else { None };
        ended.status = match ended.next {
            Some(_) => DeliveryStatus::Pending,
            None => DeliveryStatus::Failed,
        };
    }
    if !webhooks::record(&mut tx, &attempt.claim, &ended, now).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    let id = attempt.claim.webhook;
    if success {
        webhooks::succeeded(&mut tx, id).await?;
    } else if gone {
        give_up(&mut tx, attempt, DisabledReason::Gone, now).await?;
    } else if !attempt.is_test
        && let Some(since) = webhooks::failed(&mut tx, id, now).await?
        && schedule::is_given_up(since, now)
    {
        give_up(&mut tx, attempt, DisabledReason::Failing, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

async fn give_up(
    tx: &mut WriteTx,
    attempt: &Attempt,
    reason: DisabledReason,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = attempt.claim.webhook;
    let Some(webhook) = webhooks::disable(tx, id, reason, now).await? else { return Ok(()) };
    webhooks::cancel_waiting(tx, id, now).await?;
    let mut event = NewEvent::new(webhook.owner, EventType::WebhookDisabled)
        .payload(json!({ "webhook_id": id, "reason": reason }));
    event.app_id = webhook.app_id;
    events::append(tx, &event, now).await?;
    tracing::warn!(webhook.id = %id, %reason, "a webhook was disabled");
    Ok(())
}

/// What went wrong, for the webhook's owner.
fn error(came: &Result<Answered, SendError>) -> Option<String> {
    match came {
        Ok(answer) => match answer.status {
            200..300 => None,
            300..400 => {
                Some("redirects are not followed; set the URL that they lead to".to_owned())
            }
            status => Some(format!("the receiver answered {status}")),
        },
        Err(error) => Some(error.to_string()),
    }
}

/// From 0 to 1; 0 if the kernel gives no random bytes.
fn luck() -> f64 {
    let mut byte = [0u8; 1];
    let _ = getrandom::fill(&mut byte);
    f64::from(byte[0]) / 255.0
}
