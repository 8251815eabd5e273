//! How long to wait before the next attempt.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const FACTOR: u32 = 4;
const LONGEST: Duration = Duration::from_secs(60);

/// The wait after the `attempt`th attempt failed: 1 s, 4 s, 16 s … 60 s, each 25 % more or less,
/// so that operations that failed together don't come back together. `random` is any number.
pub(super) fn after(attempt: i64, random: u32) -> Duration {
    let exponent = u32::try_from(attempt.clamp(1, 8) - 1).unwrap_or(0);
    let wait = FIRST.saturating_mul(FACTOR.saturating_pow(exponent)).min(LONGEST);
    let jitter = 0.75 + f64::from(random % 1_000) / 2_000.0;
    wait.mul_f64(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_bounded() {
        let shortest: Vec<_> = (1..=5).map(|attempt| after(attempt, 0).as_millis()).collect();
        assert_eq!(shortest, [750, 3_000, 12_000, 45_000, 45_000]);
        assert!(after(100, 999) < LONGEST.mul_f64(1.25));
        assert!(after(1, 0) < after(1, 999));
    }
}
