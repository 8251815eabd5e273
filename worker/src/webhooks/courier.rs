//! Takes what is due from the outbox and has it sent.

use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::feed::Changes;
use sandboxd_shared::store::webhooks::{self, Attempt, Limits};
use sandboxd_shared::store::{Store, StoreError};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::Poster;
use super::settle::settle;
use crate::failpoint;

/// Messages that a worker has on their way at once.
const AT_ONCE: usize = 64;
/// To one webhook, of all workers: a slow receiver holds up only itself.
const PER_WEBHOOK: usize = 4;
/// To all webhooks of a tenant, of all workers.
const PER_OWNER: usize = 16;
/// How long a claim lasts; longer than any attempt. Then another worker sends.
const CLAIM: Duration = Duration::from_secs(30);
/// The pause between two looks: commits come in crowds.
const PACE: Duration = Duration::from_millis(20);
/// The longest pause while something waits.
const WAITING: Duration = Duration::from_secs(1);
/// The longest pause while nothing does.
const NOTHING: Duration = Duration::from_secs(30);
/// How long messages under way may take at the end of the process; what isn't written down then is
/// sent again by another.
const DRAIN: Duration = Duration::from_secs(3);

/// Sends what is due.
#[derive(Debug, Clone)]
pub struct Courier {
    /// The database.
    pub store: Store,
    /// When to look at it.
    pub changes: Changes,
    /// This worker.
    pub worker: String,
    /// Who posts.
    pub poster: Arc<Poster>,
}

impl Courier {
    /// Sends until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut changes = self.changes.clone();
        let mut flying = JoinSet::new();
        while !shutdown.is_cancelled() {
            changes.mark_seen();
            let pause = self.look(&mut flying).await.unwrap_or_else(|error| {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "looking into the outbox of webhooks failed; it is tried again"
                );
                WAITING
            });
            tokio::select! {
                () = changes.changed() => {}
                () = sleep(pause) => {}
                Some(_) = flying.join_next(), if !flying.is_empty() => {}
                () = shutdown.cancelled() => break,
            }
            sleep(PACE).await;
        }
        let _ = timeout(DRAIN, async { while flying.join_next().await.is_some() {} }).await;
    }

    /// Has what is due sent. Says how long to wait for more.
    async fn look(&self, flying: &mut JoinSet<()>) -> Result<Duration, StoreError> {
        while flying.try_join_next().is_some() {}
        let now = self.store.clock().now();
        let mut conn = self.store.read().await?;
        match webhooks::next_due(&mut conn).await? {
            None => return Ok(NOTHING),
            Some(due) if due > now => return Ok(until(due, now)),
            Some(_) => {}
        }
        let limits = Limits {
            free: AT_ONCE.saturating_sub(flying.len()),
            per_webhook: PER_WEBHOOK,
            per_owner: PER_OWNER,
        };
        if webhooks::with_room(&mut conn, limits, now).await?.is_empty() {
            return Ok(WAITING);
        }
        drop(conn);
        let mut tx = self.store.write_lightly().await?;
        let claimed = webhooks::claim(&mut tx, &self.worker, limits, now, now.plus(CLAIM)).await?;
        tx.commit_quietly().await?;
        for attempt in claimed {
            flying.spawn(self.clone().deliver(attempt));
        }
        Ok(WAITING)
    }

    async fn deliver(self, attempt: Attempt) {
        let began = Instant::now();
        let came = self.poster.post(&attempt, self.store.clock().now()).await;
        let duration_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        if failpoint::hit("webhook.sent").await.is_err() {
            return;
        }
        let settled = settle(&self.store, &attempt, &came, duration_ms).await;
        let claim = &attempt.claim;
        match (settled, came) {
            (Ok(written), Ok(answer)) => tracing::info!(
                webhook.id = %claim.webhook, delivery.id = %claim.delivery,
                delivery.attempt = claim.attempt, status = answer.status, duration_ms, written,
                "a webhook answered"
            ),
            (Ok(written), Err(error)) => tracing::info!(
                webhook.id = %claim.webhook, delivery.id = %claim.delivery,
                delivery.attempt = claim.attempt, duration_ms, written,
                error = &error as &dyn std::error::Error, "a webhook did not answer"
            ),
            (Err(error), _) => tracing::warn!(
                webhook.id = %claim.webhook, delivery.id = %claim.delivery,
                error = &error as &dyn std::error::Error,
                "what came of a webhook's message could not be written down; it is sent again"
            ),
        }
    }
}

fn until(due: Timestamp, now: Timestamp) -> Duration {
    let millis = u64::try_from(due.millis_since(now)).unwrap_or(0);
    Duration::from_millis(millis).min(WAITING)
}
