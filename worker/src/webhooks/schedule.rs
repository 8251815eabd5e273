//! When a message that wasn't taken is sent again, and when a webhook is given up.

use std::time::Duration;

use sandboxd_shared::clock::Timestamp;

/// The waits after the first attempts, as Standard Webhooks suggest them.
const WAITS: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];

/// How long a webhook may fail before it is disabled.
const FAILING_MAX: Duration = Duration::from_hours(5 * 24);

/// When the attempt after number `attempt` (from 1) begins; none if that was the last. `luck`, from
/// 0 to 1, adds up to a tenth: what failed together isn't tried again together.
pub(super) fn next(attempt: i64, now: Timestamp, luck: f64) -> Option<Timestamp> {
    let index = usize::try_from(attempt).ok()?.checked_sub(1)?;
    let wait = WAITS.get(index)?;
    Some(now.plus(*wait).plus(wait.mul_f64(0.1 * luck.clamp(0.0, 1.0))))
}

/// Whether a webhook that has failed since then is given up.
pub(super) fn is_given_up(failing_since: Timestamp, now: Timestamp) -> bool {
    now.0.saturating_sub(failing_since.0)
        >= i64::try_from(FAILING_MAX.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_ten_attempts_over_three_days() {
        let (mut at, mut attempts) = (Timestamp(0), 1);
        while let Some(next) = next(attempts, at, 0.0) {
            at = next;
            attempts += 1;
        }
        assert_eq!((attempts, at.0 / 1000), (10, 5 + 300 + 1800 + 75 * 3600));
        assert_eq!(next(1, Timestamp(0), 1.0), Some(Timestamp(5_500)));
        assert_eq!(next(0, Timestamp(0), 0.0), None);
    }
}
