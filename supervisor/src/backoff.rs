//! How long to wait before a process that ended is started again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(10);
/// A process that was up for this long starts afresh.
const STEADY: Duration = Duration::from_secs(30);

/// Doubles from 0.2 s to 10 s.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next: FIRST }
    }
}

impl Backoff {
    /// The wait after a process that was up for `uptime`.
    pub(crate) fn after(&mut self, uptime: Duration) -> Duration {
        if uptime >= STEADY {
            self.next = FIRST;
        }
        let wait = self.next;
        self.next = (wait * 2).min(LONGEST);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_its_limit_and_forgets_after_a_steady_run() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> =
            (0..8).map(|_| backoff.after(Duration::from_secs(29)).as_millis()).collect();
        assert_eq!(waits, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert_eq!(backoff.after(Duration::from_secs(30)), FIRST);
    }
}
