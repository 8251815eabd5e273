//! The host's clock against what the database has seen, and against itself.

use std::time::{Duration, Instant};

use sandboxd_shared::clock::{Clock, Timestamp};
use sandboxd_shared::node::Finding;
use sandboxd_shared::store::{Store, StoreError, events, workers};
use ulid::Ulid;

const CHECK: &str = "clock";
/// How far rows may be ahead: clocks are read before transactions begin.
const AHEAD_MS: i64 = 5_000;
/// How far the wall clock may leave the monotonic one while we look.
const JUMP: Duration = Duration::from_millis(500);
const MEND: &str = "check that time is kept (timedatectl status) and steady; leases, back-offs and \
                    idle times are late or early meanwhile, ids stay in order";

pub(super) async fn check(store: &Store) -> Result<Vec<Finding>, StoreError> {
    let now = store.clock().now();
    let mut conn = store.read().await?;
    let newest = events::newest(&mut conn).await?.map(|id| Ulid::from(id).timestamp_ms());
    let heard = workers::heard_last(&mut conn).await?;
    let event = newest.and_then(|ms| i64::try_from(ms).ok()).map(|ms| ("event", ms));
    let beat = heard.map(|worker| ("heartbeat of a worker", worker.seen_at.0));
    let ahead = event.into_iter().chain(beat).max_by_key(|(_, at)| *at);
    Ok(ahead.and_then(|(what, at)| judge(what, at, now)).into_iter().collect())
}

fn judge(what: &str, at: i64, now: Timestamp) -> Option<Finding> {
    let ahead = at - now.0;
    (ahead > AHEAD_MS).then(|| {
        let seconds = ahead / 1000;
        let said = format!("the newest {what} is {seconds} s ahead of now: the clock was set back");
        Finding::error(CHECK, said, MEND)
    })
}

/// Both clocks, read at the beginning.
pub(super) struct Watch {
    wall: Timestamp,
    steady: Instant,
}

impl Watch {
    pub(super) fn start(clock: &impl Clock) -> Self {
        Self { wall: clock.now(), steady: Instant::now() }
    }

    /// Whether they went on together.
    pub(super) fn read(self, clock: &impl Clock) -> Finding {
        let passed = self.steady.elapsed();
        compare(clock.now().0 - self.wall.0, passed)
    }
}

fn compare(wall_ms: i64, steady: Duration) -> Finding {
    let steady_ms = i64::try_from(steady.as_millis()).unwrap_or(i64::MAX);
    let jump = wall_ms - steady_ms;
    if Duration::from_millis(jump.unsigned_abs()) > JUMP {
        return Finding::error(CHECK, format!("it jumped by {jump} ms just now"), MEND);
    }
    Finding::ok(CHECK, "it goes steadily, as far as this can be seen from here")
}

#[cfg(test)]
mod tests {
    use sandboxd_shared::node::Severity;

    use super::*;

    #[test]
    fn a_clock_that_was_set_is_seen() {
        let now = Timestamp(1_000_000);
        assert_eq!(judge("event", 1_004_000, now), None);
        let back = judge("event", 1_065_000, now).unwrap();
        assert!(back.severity == Severity::Error && back.message.contains("65 s"));
        let second = Duration::from_secs(1);
        assert_eq!(compare(1_200, second).severity, Severity::Ok);
        assert_eq!(compare(-60_000, second).severity, Severity::Error);
        assert_eq!(compare(61_000, second).severity, Severity::Error);
    }
}
