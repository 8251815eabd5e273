//! The body of a message: type, time, and the event as the API shows it.

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::domain::Event;
use crate::ids::WebhookId;

/// The type of a message that tries a webhook. It is on no timeline.
pub const TEST_TYPE: &str = "webhook.test";

/// The body that tells of an event.
#[must_use]
pub fn message(event: &Event) -> String {
    body(&event.kind, event.created_at, &json!(event))
}

/// The body that tries a webhook.
#[must_use]
pub fn test_message(webhook: WebhookId, now: Timestamp) -> String {
    body(TEST_TYPE, now, &json!({ "webhook_id": webhook }))
}

fn body(kind: &str, at: Timestamp, data: &Value) -> String {
    json!({ "type": kind, "timestamp": at, "data": data }).to_string()
}
