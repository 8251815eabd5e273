//! When to look, and at what.

use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::feed::Changes;
use sandboxd_shared::store::Store;
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::garbage::Left;
use crate::runner::{JobError, SandboxLocks};
use crate::sandbox::Containers;

/// How often everything is looked at.
const INTERVAL: Duration = Duration::from_secs(30);
/// When containers are looked at again after news, as an engine tells of a death before its own list
/// has it, and while an operation has a sandbox that has ended.
const SOON: Duration = Duration::from_secs(1);
/// How many more looks follow news of the engine. It tells of a death before it lists the container
/// as dead: in between it takes its mounts down (moby 20.10, `handleContainerExit`).
const LOOKS_AFTER_NEWS: u32 = 3;
/// How often garbage is taken away while there is some.
const GARBAGE_INTERVAL: Duration = Duration::from_millis(500);
/// How long garbage may wait for more: what makes it comes in bursts.
const SETTLE: Duration = Duration::from_millis(500);

/// The reconciler of a node.
#[derive(Debug)]
pub struct Reconciler {
    /// The database.
    pub store: Store,
    /// The node.
    pub node: String,
    /// Containers and workspaces.
    pub containers: Containers,
    /// The locks of sandboxes.
    pub locks: SandboxLocks,
    /// Where workers of this host hold their locks.
    pub worker_locks: std::path::PathBuf,
    /// How long events and finished operations are kept; none for ever.
    pub retention: Option<Duration>,
    /// How many checkpoints of an app are kept; 0 for all.
    pub checkpoints_kept: u32,
    /// How old a directory must be before a missing row counts.
    pub orphan_grace: Duration,
    /// Rung when an operation of this worker has ended.
    pub ended: Arc<Notify>,
    /// What other workers commit.
    pub changes: Changes,
    /// Rung when the engine has news.
    pub news: Arc<Notify>,
}

impl Reconciler {
    /// Looks at intervals, and when there is news, until `shutdown`.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        let engine = tokio::spawn(Arc::clone(&self).follow_engine(shutdown.clone()));
        let sweeper = tokio::spawn(Arc::clone(&self).sweep(shutdown.clone()));
        let mut tick = tokio::time::interval(INTERVAL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut unsettled, mut looks) = (false, 0);
        loop {
            let all = tokio::select! {
                _ = tick.tick() => true,
                () = self.news.notified() => {
                    looks = LOOKS_AFTER_NEWS;
                    false
                }
                () = tokio::time::sleep(SOON), if unsettled || looks > 0 => {
                    looks = looks.saturating_sub(1);
                    false
                }
                () = shutdown.cancelled() => break,
            };
            let looked = self.reconcile_containers().await;
            unsettled = matches!(looked, Ok(true));
            report("containers", looked.map(|_| ()));
            if all {
                self.reconcile_rest().await;
            }
        }
        let _ = engine.await;
        let _ = sweeper.await;
    }

    /// Everything but the containers.
    async fn reconcile_rest(&self) {
        report("volumes", self.reconcile_volumes().await);
        report("layers", self.settle_sealing().await);
        report("disk", self.reconcile_disk().await);
        report("checkpoints", self.prune_checkpoints().await);
        report("old rows", self.prune().await);
        self.ended.notify_one();
    }

    /// Everything once; for tests and for a first look.
    ///
    /// # Errors
    /// The first that occurs; the rest is done all the same at the next look.
    pub async fn once(&self) -> Result<(), JobError> {
        self.reconcile_containers().await?;
        self.reconcile_volumes().await?;
        self.settle_sealing().await?;
        self.reconcile_disk().await?;
        self.prune_checkpoints().await?;
        while self.collect_garbage().await? == Left::More {}
        self.prune().await
    }

    /// Takes garbage away, soon after operations have ended, and slowly while there is more.
    async fn sweep(self: Arc<Self>, shutdown: CancellationToken) {
        let mut changes = self.changes.clone();
        loop {
            tokio::select! {
                () = self.ended.notified() => {}
                // Another worker's operation may have ended.
                () = changes.changed() => {}
                () = shutdown.cancelled() => return,
            }
            tokio::time::sleep(SETTLE).await;
            changes.mark_seen();
            loop {
                let more = self.collect_garbage().await;
                let again = matches!(more, Ok(Left::Busy | Left::More));
                report("garbage", more.map(|_| ()));
                if !again || shutdown.is_cancelled() {
                    break;
                }
                tokio::time::sleep(GARBAGE_INTERVAL).await;
            }
        }
    }
}

fn report(what: &str, result: Result<(), JobError>) {
    if let Err(error) = result {
        tracing::warn!(
            what,
            error = &error as &dyn std::error::Error,
            "reconciling failed; it is tried again"
        );
    }
}
