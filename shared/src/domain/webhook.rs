//! Webhooks: who wants to hear of events, and how that went.

use std::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize};
use url::{Host, Url};
use utoipa::ToSchema;

use super::{EventPatterns, text_enum};
use crate::clock::Timestamp;
use crate::ids::{AppId, DeliveryId, EventId, WebhookId};

text_enum! {
    /// Why a webhook gets nothing.
    DisabledReason {
        /// Its owner said so.
        User = "user",
        /// The receiver answered 410.
        Gone = "gone",
        /// For days no attempt has succeeded.
        Failing = "failing",
    }
}

text_enum! {
    /// How far a delivery is.
    DeliveryStatus {
        Pending = "pending",
        Succeeded = "succeeded",
        /// All attempts failed.
        Failed = "failed",
        /// Its webhook was disabled first.
        Cancelled = "cancelled",
    }
}

/// Somebody who wants to hear of events.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(examples(json!({
    "id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "url": "https://hooks.example.com/sandboxd",
    "events": ["sandbox.*", "app.created"], "enabled": true,
    "created_at": "2026-01-31T12:00:00.000Z", "updated_at": "2026-01-31T12:00:00.000Z"
})))]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// The tenant whose events it hears of.
    #[serde(skip)]
    pub owner: String,
    /// Where they are sent.
    pub url: String,
    /// Which.
    pub events: EventPatterns,
    /// Of which app, if not of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub app_id: Option<AppId>,
    /// For a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// Whether it is sent anything.
    pub enabled: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub disabled_reason: Option<DisabledReason>,
    /// The first failed attempt since the last that succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub failing_since: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// One message to one webhook, with all its attempts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(examples(json!({
    "id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "webhook_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
    "message_id": "01JD4X8QK3M5N7P9R1S3T5V7W7", "event_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
    "type": "sandbox.started", "status": "pending", "attempts": 1,
    "next_attempt_at": "2026-01-31T12:00:06.000Z", "response_status": 503,
    "response_excerpt": "Back soon", "error": "the receiver answered 503", "duration_ms": 48,
    "attempted_at": "2026-01-31T12:00:01.000Z", "created_at": "2026-01-31T12:00:00.000Z"
})))]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Its webhook.
    pub webhook_id: WebhookId,
    /// The header `webhook-id` of all attempts.
    pub message_id: String,
    /// The event; none if it was sent to try the webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub event_id: Option<EventId>,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// How far it is.
    pub status: DeliveryStatus,
    /// Attempts begun.
    pub attempts: i64,
    /// When the next begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_attempt_at: Option<Timestamp>,
    /// The status of the last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub response_status: Option<i64>,
    /// The beginning of the last answer's body, if it was no success.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub response_excerpt: Option<String>,
    /// What went wrong at the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
    /// How long the last attempt took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub duration_ms: Option<i64>,
    /// When the last attempt ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub attempted_at: Option<Timestamp>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it came to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finished_at: Option<Timestamp>,
}

/// An `http` or `https` URL without credentials and fragment, at most 2,000 characters. Where its
/// name leads is looked at when something is sent.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, max_length = 2000, pattern = "^https?://",
    examples("https://hooks.example.com/sandboxd"))]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    const MAX_CHARS: usize = 2_000;

    /// Parses a URL.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > Self::MAX_CHARS {
            return Err("must have at most 2000 characters");
        }
        let url = Url::parse(text).map_err(|_| "must be a URL such as https://example.com/hook")?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("must begin with https:// or http://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not have a user or a password in it; the signature says who sends");
        }
        if url.fragment().is_some() {
            return Err("must not have a #fragment");
        }
        if url.host().is_none() || url.port_or_known_default().is_none_or(|port| port == 0) {
            return Err("must name a host, and a port that can be connected to");
        }
        Ok(Self(url))
    }

    /// The URL.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The address that it names without a name that could lead elsewhere.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self.0.host()? {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            // RFC 6761: it is always the host itself.
            Host::Domain(name) => {
                let name = name.trim_end_matches('.');
                let local = name == "localhost" || name.ends_with(".localhost");
                local.then_some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST))
            }
        }
    }
}

impl<'de> Deserialize<'de> for WebhookUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(text.trim()).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_only_where() {
        let good = WebhookUrl::parse("https://Hooks.Example.com/a?b=c").unwrap();
        assert_eq!(good.as_url().as_str(), "https://hooks.example.com/a?b=c");
        assert_eq!(good.address(), None);
        for bad in [
            "",
            "example.com",
            "ftp://example.com",
            "file:///etc/passwd",
            "https://",
            "https://u@example.com",
            "https://u:p@example.com",
            "https://:p@example.com",
            "https://example.com/#x",
            "https://example.com:0/",
            "https://example.com:99999/",
            "javascript:alert(1)",
            "https://exa mple.com",
        ] {
            assert!(WebhookUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn all_spellings_of_an_address_are_seen() {
        for (text, address) in [
            ("http://127.0.0.1/", "127.0.0.1"),
            ("http://2130706433/", "127.0.0.1"),
            ("http://0x7f.1/", "127.0.0.1"),
            ("http://[::1]:8080/", "::1"),
            ("http://localhost/", "127.0.0.1"),
            ("http://a.localhost./", "127.0.0.1"),
        ] {
            let url = WebhookUrl::parse(text).unwrap();
            assert_eq!(url.address(), Some(address.parse().unwrap()), "{text}");
        }
    }
}
