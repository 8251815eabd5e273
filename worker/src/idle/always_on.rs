//! Sandboxes that are always on are started again when they ended by themselves: at once, then
//! with growing waits, and no more if they keep ending. One that its tenant has no quota for waits
//! until it has; that is no attempt.

use std::time::Duration;

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{ErrorBody, ErrorCode, EventType, NewEvent, Sandbox};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::Refusal;
use sandboxd_shared::jobs::start_sandbox::{self, StartReason};
use sandboxd_shared::store::restarts::{self, Restarts};
use sandboxd_shared::store::{StoreError, WriteTx, events};
use serde_json::json;

use super::Upkeep;

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
/// How long one waits that its tenant's quotas refuse.
const REFUSED_WAIT: Duration = Duration::from_secs(30);
/// Begins what the row says of such a one.
const NOT_YET: &str = "it ended by itself and can't be started again yet";
/// What the row says of one that is started no more.
const GAVE_UP: &str = "it ended 5 times within 15 minutes and isn't started any more; see its \
                       logs, mend it, and start it";

impl Upkeep {
    /// Accepts a start for each sandbox that should run and may be tried again.
    pub(super) async fn start_always_on(&self) -> Result<(), StoreError> {
        let mut conn = self.store.read().await?;
        let (now, mut due) = (self.store.clock().now(), Vec::new());
        for row in restarts::wanted(&mut conn, &self.node, AT_A_TIME).await? {
            if next(restarts::get(&mut conn, row.id).await?, now) != Next::Wait {
                due.push(row.id);
            }
        }
        drop(conn);
        for sandbox in due {
            self.keep_on(sandbox).await?;
        }
        Ok(())
    }

    async fn keep_on(&self, sandbox: SandboxId) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        let now = self.store.clock().now();
        let Some(row) = restarts::find_wanted(&mut tx, &self.node, sandbox).await? else {
            return tx.rollback().await;
        };
        match next(restarts::get(&mut tx, sandbox).await?, now) {
            Next::Wait => return tx.rollback().await,
            Next::GiveUp => give_up(&mut tx, &row, now).await?,
            Next::Start(counted) => {
                restarts::set(&mut tx, sandbox, counted).await?;
                match start_sandbox::accept(&mut tx, &row, StartReason::AlwaysOn, now).await {
                    Ok(_) => {}
                    Err(Refusal::Store(error)) => return Err(error),
                    Err(Refusal::Client(refusal)) => {
                        // It has taken the sandbox before it was refused.
                        tx.rollback().await?;
                        return self.put_off(sandbox, &refusal).await;
                    }
                }
            }
        }
        tx.commit().await
    }

    /// Tries one that was refused later. What isn't about quotas changed meanwhile: the next look
    /// reads it again.
    async fn put_off(&self, sandbox: SandboxId, refusal: &ErrorBody) -> Result<(), StoreError> {
        if !matches!(refusal.code, ErrorCode::QuotaExceeded | ErrorCode::RateLimited) {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        let now = self.store.clock().now();
        let Some(row) = restarts::find_wanted(&mut tx, &self.node, sandbox).await? else {
            return tx.rollback().await;
        };
        let counted = counted(restarts::get(&mut tx, sandbox).await?, now);
        let later = Restarts { not_before: now.plus(REFUSED_WAIT), ..counted };
        restarts::set(&mut tx, sandbox, later).await?;
        // Said once, not with every try.
        if !row.status_reason.is_some_and(|reason| reason.starts_with(NOT_YET)) {
            let reason = format!("{NOT_YET}: {}", refusal.message);
            restarts::explain(&mut tx, sandbox, &reason, now).await?;
            tracing::warn!(
                sandbox.id = %sandbox, reason = refusal.message,
                "a sandbox that is always on isn't started now; it is tried again"
            );
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

/// What counts of the starts before.
fn counted(before: Option<Restarts>, now: Timestamp) -> Restarts {
    before.filter(|before| now < before.since.plus(WINDOW)).unwrap_or(Restarts {
        attempts: 0,
        since: now,
        not_before: now,
    })
}

fn next(before: Option<Restarts>, now: Timestamp) -> Next {
    let counted = counted(before, now);
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
