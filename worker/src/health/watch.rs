//! Which previews to probe when, and what changes with the answer. Everything is read from the
//! rows, so that another worker can go on at any time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, stream};
use sandboxd_shared::domain::{PreviewStatus, Sandbox, SandboxStatus};
use sandboxd_shared::feed::Changes;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::{Store, StoreError, sandboxes};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Prober, record};
use crate::sandbox::{Init, InitState, Place};

/// How often the rows are read when nothing has changed.
const RELOAD: Duration = Duration::from_secs(5);
/// Changes come in bursts, which are read once.
const SETTLE: Duration = Duration::from_millis(50);
/// Probes at a time.
const AT_A_TIME: usize = 16;

/// When to probe, and when to believe it.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How often a preview is probed while it comes up.
    pub coming_up: Duration,
    /// How long it may take to come up before that is said.
    pub patience: Duration,
    /// How often it is probed afterwards.
    pub interval: Duration,
    /// Failures in a row before a preview that was ready counts as failed.
    pub failures: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            coming_up: Duration::from_millis(250),
            patience: Duration::from_mins(1),
            interval: Duration::from_secs(15),
            failures: 3,
        }
    }
}

/// The watch over a node's previews.
#[derive(Debug)]
pub struct Watch {
    /// When to probe.
    pub pace: Pace,
    /// The database.
    pub store: Store,
    /// When to read it.
    pub changes: Changes,
    /// The node.
    pub node: String,
    /// Who asks.
    pub prober: Arc<dyn Prober>,
    /// PID 1 of each sandbox.
    pub init: Arc<dyn Init>,
    /// Where PID 1 listens.
    pub place: Place,
}

/// What is known of a container's preview.
#[derive(Debug, Clone)]
struct Known {
    container_id: String,
    since: Instant,
    due: Instant,
    failures: u32,
}

impl Watch {
    /// Probes until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut known: HashMap<SandboxId, Known> = HashMap::new();
        let mut changes = self.changes.clone();
        let mut rows: Vec<Sandbox> = Vec::new();
        let mut read_at: Option<Instant> = None;
        loop {
            if read_at.is_none_or(|at| at.elapsed() >= RELOAD) {
                match self.running().await {
                    Ok(found) => rows = found,
                    Err(error) => tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the previews could not be listed"
                    ),
                }
                read_at = Some(Instant::now());
                known.retain(|id, _| rows.iter().any(|row| row.id == *id));
            }
            self.round(&rows, &mut known).await;
            let next = known.values().map(|known| known.due).min();
            let wake = next.unwrap_or_else(|| Instant::now() + RELOAD).min(Instant::now() + RELOAD);
            tokio::select! {
                () = tokio::time::sleep_until(wake) => {}
                () = changes.changed() => {
                    tokio::time::sleep(SETTLE).await;
                    changes.mark_seen();
                    read_at = None;
                }
                () = shutdown.cancelled() => return,
            }
        }
    }

    async fn running(&self) -> Result<Vec<Sandbox>, StoreError> {
        let mut conn = self.store.read().await?;
        let mut rows = sandboxes::on_node(&mut conn, &self.node).await?;
        rows.retain(|row| row.status == SandboxStatus::Running && row.address.is_some());
        Ok(rows)
    }

    /// Probes what is due.
    async fn round(&self, rows: &[Sandbox], known: &mut HashMap<SandboxId, Known>) {
        let now = Instant::now();
        let mut due = Vec::new();
        for row in rows {
            let Some(container_id) = &row.container_id else { continue };
            let entry = known.entry(row.id).or_insert_with(|| fresh(container_id, now));
            if entry.container_id != *container_id {
                *entry = fresh(container_id, now);
            }
            if entry.due <= now {
                due.push((row.clone(), entry.clone()));
            }
        }
        let probes = due.into_iter().map(|(row, entry)| self.probe(row, entry));
        let done: Vec<(SandboxId, Known)> =
            stream::iter(probes).buffer_unordered(AT_A_TIME).collect().await;
        known.extend(done);
    }

    async fn probe(&self, row: Sandbox, mut entry: Known) -> (SandboxId, Known) {
        let answer = match row.address {
            Some(address) => self.prober.probe(address, row.ports.main()).await,
            None => None,
        };
        let healthy = answer.is_some_and(|status| status < 500);
        entry.failures = if healthy { 0 } else { entry.failures.saturating_add(1) };
        let coming_up = row.preview_status == PreviewStatus::Starting && !healthy;
        let out_of_patience = if coming_up {
            entry.since.elapsed() >= self.pace.patience
        } else {
            entry.failures >= self.pace.failures
        };
        let status = if healthy {
            Some(PreviewStatus::Ready)
        } else if out_of_patience {
            Some(self.given_up(&row).await)
        } else {
            None
        };
        if let Some(status) = status
            && let Err(error) = self.record(&row, status, answer).await
        {
            tracing::warn!(sandbox.id = %row.id, error = &error as &dyn std::error::Error,
                "a probe's finding could not be recorded");
        }
        let Pace { coming_up: soon, interval, .. } = self.pace;
        let wait = if coming_up && status.is_none() { soon } else { interval };
        entry.due = Instant::now() + wait;
        (row.id, entry)
    }

    /// An app without a dev server is down, not broken.
    async fn given_up(&self, row: &Sandbox) -> PreviewStatus {
        match self.init.status(&self.place.run_dir(row.id)).await {
            Ok(status) if status.state == InitState::None => PreviewStatus::Down,
            _ => PreviewStatus::Error,
        }
    }

    async fn record(
        &self,
        row: &Sandbox,
        status: PreviewStatus,
        answer: Option<u16>,
    ) -> Result<(), StoreError> {
        if row.preview_status == status && row.preview_http_status == answer.map(i64::from) {
            return Ok(());
        }
        let now = self.store.clock().now();
        let mut tx = self.store.write().await?;
        record(&mut tx, row, status, answer, None, now).await?;
        tx.commit().await
    }
}

fn fresh(container_id: &str, now: Instant) -> Known {
    Known { container_id: container_id.to_owned(), since: now, due: now, failures: 0 }
}
