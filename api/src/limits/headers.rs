//! What answers say of limits: `RateLimit-*` as the third draft of the IETF's has them, the form
//! that clients know, and `Retry-After`.

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};
use sandboxd_shared::domain::{ErrorBody, Quota};
use serde::Deserialize;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Where a tenant stands with a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// So many in a minute.
    pub(crate) limit: u32,
    /// So many at once now.
    pub(crate) remaining: u32,
    /// Seconds until there are as many as there can be.
    pub(crate) reset_s: u64,
}

impl Standing {
    /// What is taken of it now.
    pub(crate) fn used(self) -> i64 {
        i64::from(self.limit.saturating_sub(self.remaining))
    }

    /// Writes the headers, unless the answer has those of another limit.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        if headers.contains_key(LIMIT) {
            return;
        }
        headers.insert(LIMIT, self.limit.into());
        headers.insert(REMAINING, self.remaining.into());
        headers.insert(RESET, self.reset_s.into());
    }
}

/// What a refusal says for programs.
#[derive(Debug, Deserialize)]
struct Details {
    /// Not all limits are quotas that can be set.
    quota: Option<String>,
    /// Of bytes there are more than a header's 32 bits.
    limit: Option<u64>,
    retry_after_s: u64,
}

/// Writes the headers of a refusal for want of quota.
pub(crate) fn write_refusal(headers: &mut HeaderMap, refusal: &ErrorBody) {
    let details = refusal.details.as_ref().and_then(|details| Details::deserialize(details).ok());
    let Some(details) = details else { return };
    headers.insert(RETRY_AFTER, HeaderValue::from(details.retry_after_s));
    let limit = details.limit.and_then(|limit| u32::try_from(limit).ok());
    if let (Some(limit), Some(quota)) = (limit, details.quota)
        && quota == Quota::OperationsPerMinute.as_str()
    {
        Standing { limit, remaining: 0, reset_s: details.retry_after_s }.write(headers);
    }
}

#[cfg(test)]
mod tests {
    use sandboxd_shared::domain::ErrorCode;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_refusal_says_when_to_come_again() {
        for (quota, limit, standing) in [
            ("operations_per_minute", 30, true),
            ("disk_bytes", 20u64 << 30, false),
            ("webhooks", 20, false),
        ] {
            let details = json!({ "quota": quota, "limit": limit, "used": 1, "retry_after_s": 7 });
            let refusal = ErrorBody::new(ErrorCode::QuotaExceeded, "no").with_details(details);
            let mut headers = HeaderMap::new();
            write_refusal(&mut headers, &refusal);
            assert_eq!(headers.get(RETRY_AFTER).unwrap(), "7", "{quota}");
            assert_eq!(headers.contains_key(LIMIT), standing, "{quota}");
        }
    }
}
