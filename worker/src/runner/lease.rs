//! Keeping a claim alive, and hearing of cancels on the way.

use std::time::Duration;

use sandboxd_shared::feed::Changes;
use sandboxd_shared::store::claim::{self, Claim, Renewal};
use sandboxd_shared::store::{Store, StoreError};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// Renewals in a lease's time.
const RENEWALS: u32 = 4;

/// The shortest time between two looks at an operation's row. Most operations end sooner, and with many
/// of them each one's changes would have all others look.
const LOOK_PAUSE: Duration = Duration::from_millis(100);

/// Renews `claim` until it is lost, and then returns. Meanwhile `cancel` is triggered as soon as
/// somebody asks for it: a change in the database is looked at right away, or [`LOOK_PAUSE`] after the
/// last look.
pub(super) async fn keep(
    store: Store,
    changes: Changes,
    claim: Claim,
    lease: Duration,
    cancel: CancellationToken,
) {
    let mut tick = tokio::time::interval(lease / RENEWALS);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tick.tick().await;
    let mut changes = changes.receiver();
    changes.mark_unchanged();
    let mut follows = true;
    let mut looked = Instant::now();
    loop {
        let found = tokio::select! {
            // A change that is waited for and dropped for a tick is seen by that.
            _ = tick.tick() => renew(&store, claim, lease).await,
            changed = change(&mut changes, looked), if follows && !cancel.is_cancelled() => {
                // A feed that has ended is always ready; the ticks go on without it.
                follows = changed;
                check(&store, claim).await
            }
        };
        looked = Instant::now();
        match found {
            Ok(Renewal::Held) => {}
            Ok(Renewal::CancelRequested) => cancel.cancel(),
            Ok(Renewal::Lost) => return,
            // The lease runs out by itself if this goes on.
            Err(error) => tracing::warn!(
                operation.id = %claim.operation,
                error = &error as &dyn std::error::Error,
                "a lease could not be renewed"
            ),
        }
    }
}

/// Waits for a change, and for the time to look at it. False if there will be none any more.
async fn change(changes: &mut watch::Receiver<u64>, looked: Instant) -> bool {
    let changed = changes.changed().await.is_ok();
    sleep_until(looked + LOOK_PAUSE).await;
    changed
}

async fn renew(store: &Store, claim: Claim, lease: Duration) -> Result<Renewal, StoreError> {
    let mut tx = store.write_lightly().await?;
    let until = store.clock().now().plus(lease);
    let found = claim::renew(&mut tx, claim, until).await?;
    tx.commit_quietly().await?;
    Ok(found)
}

async fn check(store: &Store, claim: Claim) -> Result<Renewal, StoreError> {
    let mut conn = store.read().await?;
    claim::check(&mut conn, claim).await
}
