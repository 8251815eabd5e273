//! Tokens and limits that an operator sets in the database, taken over while the process runs.

use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::domain::Quota;
use sandboxd_shared::feed::Changes;
use sandboxd_shared::store::{Store, StoreError, quotas, tokens};
use tokio_util::sync::CancellationToken;

use crate::auth::Auth;
use crate::limits::Rates;

/// The shortest time between two looks: a burst of commits is looked at once.
const SETTLE: Duration = Duration::from_millis(20);
/// How soon a failed look is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// Takes over what operators set, now and whenever somebody has committed, and writes down when
/// tokens are used; until `shutdown`.
pub(super) fn follow(
    store: Store,
    changes: Changes,
    auth: &Arc<Auth>,
    rates: &Arc<Rates>,
    shutdown: &CancellationToken,
) {
    let (auth, rates, shutdown) = (Arc::clone(auth), Arc::clone(rates), shutdown.clone());
    tokio::spawn(async move {
        let work = async {
            tokio::join!(take_over(&store, changes, &auth, &rates), auth.write_uses(&store))
        };
        shutdown.run_until_cancelled(work).await;
    });
}

async fn take_over(store: &Store, mut changes: Changes, auth: &Auth, rates: &Rates) {
    let mut known = None;
    changes.mark_seen();
    loop {
        if let Err(error) = look(store, auth, rates, &mut known).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "tokens and limits could not be read; the old ones stay"
            );
            tokio::time::sleep(RETRY).await;
            continue;
        }
        changes.changed().await;
        tokio::time::sleep(SETTLE).await;
        changes.mark_seen();
    }
}

async fn look(
    store: &Store,
    auth: &Auth,
    rates: &Rates,
    known: &mut Option<(i64, i64)>,
) -> Result<(), StoreError> {
    let mut conn = store.read().await?;
    let fresh = tokens::counts(&mut conn).await?;
    if *known != Some(fresh) {
        auth.set_made(&tokens::live(&mut conn, store.clock().now()).await?);
        *known = Some(fresh);
    }
    rates.set_limits(quotas::of_all(&mut conn, Quota::RequestsPerMinute).await?);
    Ok(())
}
