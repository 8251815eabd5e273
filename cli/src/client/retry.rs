//! When a request is sent again, and after what pause.

use std::time::Duration;

use super::Refusal;

/// How often a request is sent at most.
pub(crate) const TRIES: u32 = 5;
/// The pause before the second try; it doubles with each.
const FIRST: Duration = Duration::from_millis(200);
/// The longest pause that the API may ask for; beyond it the user is told instead.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// The pause after a failed try (the first is 1): what the API asked for, else a back-off. Full jitter
/// keeps clients that failed together apart. None: it isn't tried again. `random` is in 0..1.
pub(crate) fn pause(tried: u32, asked: Option<Duration>, random: f64) -> Option<Duration> {
    if tried >= TRIES {
        return None;
    }
    let backoff = (FIRST * 2u32.pow(tried.saturating_sub(1))).mul_f64(random);
    match asked {
        Some(asked) if asked > PAUSE_MAX => None,
        // Not before it, and not all at once after it.
        Some(asked) => Some(asked + backoff),
        None => Some(backoff),
    }
}

/// Whether a refusal may be gone when the request comes again.
pub(crate) fn is_passing(refusal: &Refusal) -> bool {
    match refusal.status {
        429 => refusal.code == "rate_limited",
        500..=599 => refusal.retryable,
        _ => false,
    }
}

/// `Retry-After` in seconds (RFC 9110, 10.2.3); dates aren't sent by the API.
pub(crate) fn retry_after(value: Option<&str>) -> Option<Duration> {
    value?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str, retryable: bool) -> Refusal {
        let body = format!(r#"{{"error":{{"code":"{code}","retryable":{retryable}}}}}"#);
        Refusal::read(status, "", body.as_bytes())
    }

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<_> = (1..).map_while(|tried| pause(tried, None, 1.0)).collect();
        assert_eq!(pauses.len(), 4);
        assert!(pauses.is_sorted_by(|one, next| next.as_millis() == 2 * one.as_millis()));
        assert_eq!(pause(1, None, 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn what_the_api_asks_for_is_kept_to_unless_it_is_too_long() {
        let asked = retry_after(Some(" 3 "));
        assert_eq!(asked, Some(Duration::from_secs(3)));
        assert!(pause(1, asked, 0.0).unwrap() >= Duration::from_secs(3));
        assert_eq!(pause(1, Some(Duration::from_secs(31)), 0.0), None);
        assert_eq!(retry_after(Some("Wed, 21 Oct 2015 07:28:00 GMT")), None);
    }

    #[test]
    fn only_what_passes_by_itself_is_tried_again() {
        assert!(is_passing(&refused(429, "rate_limited", true)));
        assert!(!is_passing(&refused(429, "quota_exceeded", true)));
        assert!(is_passing(&refused(503, "capacity", true)));
        assert!(!is_passing(&refused(500, "internal", false)));
        // Retryable, but when somebody else has finished.
        assert!(!is_passing(&refused(409, "operation_in_progress", true)));
        assert!(!is_passing(&refused(400, "invalid_request", false)));
    }
}
