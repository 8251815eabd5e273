//! What is remembered of a sandbox between two looks: when to look again. Nothing that a restart
//! would lose: whoever begins gives everything once more, which changes nothing.

use std::time::Duration;

use sandboxd_shared::store::config::Delivery;
use tokio::time::Instant;

/// When environments are given.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How often a sandbox is given what it should have already: its PID 1 may have been started
    /// again behind our back, and waits a minute for it.
    pub again: Duration,
    /// How soon after a failure it is tried again; doubled each time, up to `again`.
    pub retry: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { again: Duration::from_secs(30), retry: Duration::from_millis(500) }
    }
}

/// A sandbox's container as the broker remembers it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    container_id: String,
    due: Instant,
    failures: u32,
    /// Its PID 1 knows nothing of environments: not asked again.
    unsupported: bool,
    /// It is being given one.
    pub(super) busy: bool,
}

impl Known {
    pub(super) fn new(row: &Delivery, now: Instant) -> Self {
        Self {
            container_id: row.container_id.clone(),
            due: now,
            failures: 0,
            unsupported: false,
            busy: false,
        }
    }

    pub(super) fn is_of(&self, row: &Delivery) -> bool {
        self.container_id == row.container_id
    }

    /// When it is to be given its environment; none if not before something changes.
    pub(super) fn due(&self, row: &Delivery, now: Instant) -> Option<Instant> {
        if self.unsupported || self.busy {
            return None;
        }
        let behind = row.version > row.delivered;
        Some(if behind && self.failures == 0 { now } else { self.due })
    }

    pub(super) fn given(&mut self, supported: bool, pace: Pace) {
        self.unsupported = !supported;
        self.failures = 0;
        self.due = Instant::now() + pace.again;
    }

    /// It failed. Says whether that is new.
    pub(super) fn failed(&mut self, pace: Pace) -> bool {
        let wait = pace.retry.saturating_mul(1 << self.failures.min(16)).min(pace.again);
        self.failures = self.failures.saturating_add(1);
        self.due = Instant::now() + wait;
        self.failures == 1
    }

    /// Somebody else has the sandbox: looked at again when that has changed, or soon.
    pub(super) fn taken(&mut self, pace: Pace) {
        self.due = Instant::now() + pace.retry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { again: Duration::from_secs(30), retry: Duration::from_millis(500) };

    fn row(version: i64, delivered: i64) -> Delivery {
        Delivery {
            sandbox_id: sandboxd_shared::ids::SandboxId::generate(),
            app_id: sandboxd_shared::ids::AppId::generate(),
            container_id: "c".to_owned(),
            version,
            delivered,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_behind_is_served_at_once_and_who_fails_waits_longer_each_time() {
        let now = Instant::now();
        let (behind, level) = (row(2, 1), row(2, 2));
        let mut known = Known::new(&level, now);
        assert_eq!(known.due(&level, now), Some(now), "a new leader gives everything once");
        known.given(true, PACE);
        assert_eq!(known.due(&level, now), Some(now + PACE.again));
        assert_eq!(known.due(&behind, now), Some(now));
        for wait in [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000] {
            known.failed(PACE);
            assert_eq!(known.due(&behind, now), Some(now + Duration::from_millis(wait)));
        }
        known.given(false, PACE);
        assert_eq!(known.due(&behind, now), None, "one that is too old is left alone");
    }
}
