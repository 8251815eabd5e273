//! Who is given its environment when. The same work at every look: rows say who runs and who is
//! behind, and giving an environment again changes nothing.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::feed::Changes;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::config::{self, Delivery};
use sandboxd_shared::store::{Store, StoreError, sandboxes};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Pace;
use super::known::Known;
use crate::failpoint;
use crate::runner::LockError;
use crate::sandbox::{EnvironmentError, Environments, SetEnvironment};

/// How often the rows are read when nothing has changed.
const RELOAD: Duration = Duration::from_secs(5);
/// Changes come in bursts, which are read once.
const SETTLE: Duration = Duration::from_millis(50);
/// Sandboxes that are served at a time: one that doesn't answer holds up nobody else.
const AT_A_TIME: usize = 32;

/// The broker of a node.
#[derive(Debug, Clone)]
pub struct Broker {
    /// When it gives what.
    pub pace: Pace,
    /// The database.
    pub store: Store,
    /// When to read it.
    pub changes: Changes,
    /// The node.
    pub node: String,
    /// What it gives.
    pub environments: Environments,
}

/// How serving a sandbox went.
#[derive(Debug)]
enum Served {
    /// It has its environment.
    Given {
        supported: bool,
    },
    /// An operation has it, or it isn't what the row said any more.
    Taken,
    Failed(EnvironmentError),
}

type Serving = JoinSet<(Delivery, Served)>;

impl Broker {
    /// Serves sandboxes until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let this = Arc::new(self);
        let mut changes = this.changes.clone();
        let mut known: HashMap<SandboxId, Known> = HashMap::new();
        let mut serving = Serving::new();
        let mut rows = Vec::new();
        let mut read = true;
        loop {
            if read {
                changes.mark_seen();
                rows = this.read(rows).await;
                known.retain(|id, _| rows.iter().any(|row| row.sandbox_id == *id));
            }
            let next = Self::begin(&this, &rows, &mut known, &mut serving);
            read = tokio::select! {
                () = tokio::time::sleep_until(next) => true,
                () = changes.changed() => {
                    tokio::time::sleep(SETTLE).await;
                    true
                }
                Some(served) = serving.join_next() => {
                    match served {
                        Ok((row, served)) => this.settle(&row, served, &mut known, &mut rows),
                        // A panic, which doesn't say whose: everything is looked at anew.
                        Err(_) => known.clear(),
                    }
                    false
                }
                () = shutdown.cancelled() => return,
            };
        }
    }

    async fn read(&self, before: Vec<Delivery>) -> Vec<Delivery> {
        let read = async {
            let mut conn = self.store.read().await?;
            config::deliveries(&mut conn, &self.node).await
        };
        read.await.unwrap_or_else(|error: StoreError| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "who has which config could not be read"
            );
            before
        })
    }

    /// Begins to serve who is due, as far as there is room. Says when to look again.
    fn begin(
        this: &Arc<Self>,
        rows: &[Delivery],
        known: &mut HashMap<SandboxId, Known>,
        serving: &mut Serving,
    ) -> Instant {
        let now = Instant::now();
        let mut next = now + RELOAD;
        for row in rows {
            let entry = known.entry(row.sandbox_id).or_insert_with(|| Known::new(row, now));
            if !entry.is_of(row) && !entry.busy {
                *entry = Known::new(row, now);
            }
            match entry.due(row, now) {
                Some(due) if due <= now && serving.len() < AT_A_TIME => {
                    entry.busy = true;
                    let (this, row) = (Arc::clone(this), row.clone());
                    serving.spawn(async move {
                        let served = this.serve(&row).await;
                        (row, served)
                    });
                }
                // Without room the end of one that is served wakes us.
                Some(due) if due > now => next = next.min(due),
                _ => {}
            }
        }
        next
    }

    /// Gives a sandbox its environment.
    async fn serve(&self, row: &Delivery) -> Served {
        match self.try_serve(row).await {
            Ok(served) => served,
            Err(EnvironmentError::Lock(LockError::Taken(_))) => Served::Taken,
            Err(error) => Served::Failed(error),
        }
    }

    async fn try_serve(&self, row: &Delivery) -> Result<Served, EnvironmentError> {
        let mut conn = self.store.read().await?;
        let sandbox = sandboxes::get(&mut conn, row.sandbox_id).await?;
        drop(conn);
        let same = sandbox.is_some_and(|sandbox| {
            sandbox.active_operation_id.is_none()
                && sandbox.container_id.as_ref() == Some(&row.container_id)
        });
        if !same {
            return Ok(Served::Taken);
        }
        let given = self.environments.give(row.sandbox_id, row.app_id).await?;
        if failpoint::hit("broker.given").await.is_err() {
            return Ok(Served::Taken);
        }
        if given.version != row.delivered {
            let mut tx = self.store.write_lightly().await?;
            config::set_delivered(&mut tx, row.sandbox_id, given.version).await?;
            tx.commit_quietly().await?;
            tracing::info!(sandbox.id = %row.sandbox_id, config.version = given.version,
                answer = ?given.answer, "config was given to a running sandbox");
        }
        Ok(Served::Given { supported: given.answer != SetEnvironment::Unsupported })
    }

    fn settle(
        &self,
        row: &Delivery,
        served: Served,
        known: &mut HashMap<SandboxId, Known>,
        rows: &mut [Delivery],
    ) {
        let Some(entry) = known.get_mut(&row.sandbox_id) else { return };
        entry.busy = false;
        match served {
            Served::Given { supported } => {
                entry.given(supported, self.pace);
                // Until the rows are read again: it isn't behind what was known then.
                let rows = rows.iter_mut().filter(|known| known.sandbox_id == row.sandbox_id);
                rows.for_each(|known| known.delivered = known.delivered.max(row.version));
            }
            Served::Taken => entry.taken(self.pace),
            Served::Failed(error) => {
                if entry.failed(self.pace) {
                    tracing::warn!(sandbox.id = %row.sandbox_id,
                        error = &error as &dyn std::error::Error,
                        "config could not be given to a running sandbox; it is tried again");
                }
            }
        }
    }
}
