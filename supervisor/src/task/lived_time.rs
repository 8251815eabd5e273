//! Time as this process lived it: while the sandbox is frozen, none passes.
//!
//! A frozen container (a live capture) wakes with all its deadlines behind it. A program would be
//! killed for the time in which it couldn't do anything, so time here goes on by at most a step
//! between two looks at it. Whoever uses it looks at least once a step.

use std::time::{Duration, Instant};

/// Longest time between two looks.
pub(super) const STEP: Duration = Duration::from_secs(1);

/// How long this has been, but for what was slept through.
pub(super) struct LivedTime {
    lived: Duration,
    looked: Instant,
}

impl LivedTime {
    pub(super) fn new() -> Self {
        Self { lived: Duration::ZERO, looked: Instant::now() }
    }

    pub(super) fn now(&mut self) -> Duration {
        self.at(Instant::now())
    }

    fn at(&mut self, now: Instant) -> Duration {
        // Twice a step: a machine that is slow, and nothing more, may be late.
        self.lived += now.saturating_duration_since(self.looked).min(2 * STEP);
        self.looked = now;
        self.lived
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sleep_counts_as_little() {
        let mut time = LivedTime::new();
        let start = time.looked;
        assert_eq!(time.at(start + STEP), STEP);
        assert_eq!(time.at(start + STEP + STEP / 2), STEP * 3 / 2);
        assert_eq!(time.at(start + Duration::from_secs(3600)), STEP * 7 / 2);
        assert_eq!(time.at(start), STEP * 7 / 2, "it never goes back");
    }
}
