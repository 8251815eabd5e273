//! Sandboxes that are always on are started again when they ended by themselves: at once, then
//! with growing waits, and no more if they keep ending.

use std::time::Duration;

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{EventType, NewEvent, Sandbox};
use sandboxd_shared::jobs::start_sandbox::{self, StartReason};
use sandboxd_shared::store::restarts::{self, Restarts};
use sandboxd_shared::store::{StoreError, WriteTx, events};
use serde_json::json;

use super::Upkeep;
use super::upkeep::only_store;

/// Sandboxes that one look starts; after a reboot there may be many.
const AT_A_TIME: i64 = 16;
/// The waits after the first starts; as many starts are allowed within [`WINDOW`].
const WAITS: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
];
/// How long starts are counted together.
const WINDOW: Duration = Duration::from_mins(15);
/// What the row says of one that is started no more.
const GAVE_UP: &str = "it ended 5 times within 15 minutes and isn't started any more; see its \
                       logs, mend it, and start it";

impl Upkeep {
    /// Accepts a start for each sandbox that should run and may be tried again.
    pub(super) async fn start_always_on(&self) -> Result<(), StoreError> {
        let mut conn = self.store.read().await?;
        if restarts::wanted(&mut conn, &self.node, 1).await?.is_empty() {
            return Ok(());
        }
        drop(conn);
        let mut tx = self.store.write().await?;
        let now = self.store.clock().now();
        for row in restarts::wanted(&mut tx, &self.node, AT_A_TIME).await? {
            let before = restarts::get(&mut tx, row.id).await?;
            match next(before, now) {
                Next::Wait => {}
                Next::GiveUp => give_up(&mut tx, &row, now).await?,
                Next::Start(counted) => {
                    restarts::set(&mut tx, row.id, counted).await?;
                    let reason = StartReason::AlwaysOn;
                    only_store(start_sandbox::accept(&mut tx, &row, reason, now).await)?;
                }
            }
        }
        tx.commit().await
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Next {
    Wait,
    Start(Restarts),
    GiveUp,
}

fn next(before: Option<Restarts>, now: Timestamp) -> Next {
    let counted = before.filter(|before| now < before.since.plus(WINDOW)).unwrap_or(Restarts {
        attempts: 0,
        since: now,
        not_before: now,
    });
    if now < counted.not_before {
        return Next::Wait;
    }
    let Some(wait) = usize::try_from(counted.attempts).ok().and_then(|index| WAITS.get(index))
    else {
        return Next::GiveUp;
    };
    let (attempts, not_before) = (counted.attempts + 1, now.plus(*wait));
    Next::Start(Restarts { attempts, not_before, ..counted })
}

async fn give_up(tx: &mut WriteTx, row: &Sandbox, now: Timestamp) -> Result<(), StoreError> {
    restarts::give_up(tx, row.id, GAVE_UP, now).await?;
    let event =
        NewEvent::about(row, EventType::SandboxStartFailed).payload(json!({ "reason": GAVE_UP }));
    events::append(tx, &event, now).await?;
    tracing::warn!(sandbox.id = %row.id, "a sandbox that is always on keeps ending; given up");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_come_at_once_then_slower_and_end() {
        let (mut now, mut before, mut waits) = (Timestamp(1_000), None, Vec::new());
        loop {
            match next(before, now) {
                Next::Start(counted) => {
                    waits.push(counted.not_before.millis_since(now) / 1000);
                    assert_eq!(next(Some(counted), now), Next::Wait);
                    before = Some(counted);
                    now = counted.not_before;
                }
                Next::GiveUp => break,
                Next::Wait => panic!("it is due"),
            }
        }
        assert_eq!(waits, [2, 10, 30, 60, 120]);
        // What ends once in a long while is started for ever.
        let later = now.plus(WINDOW);
        assert!(matches!(next(before, later), Next::Start(Restarts { attempts: 1, .. })));
    }
}
