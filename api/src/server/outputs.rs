//! The process's one look at the output of tasks after each commit: it tells the streams of those
//! tasks that have more, however many streams and tasks there are. What there is more of, each
//! stream reads by itself, as fast as its client takes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sandboxd_shared::feed::Changes;
use sandboxd_shared::ids::TaskId;
use sandboxd_shared::store::{Store, StoreError, task_output};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Tasks that are asked for at a time.
const AT_ONCE: usize = 500;
/// How long to wait after a failure of the database.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

type Watched = HashMap<TaskId, watch::Sender<i64>>;

/// The tasks whose output somebody follows, each with its newest piece at the last look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outputs(Arc<Mutex<Watched>>);

impl Outputs {
    /// Follows the database until `shutdown`.
    pub(crate) fn follow(store: Store, changes: &Changes, shutdown: CancellationToken) -> Self {
        let outputs = Self::default();
        let (this, changes) = (outputs.clone(), changes.receiver());
        tokio::spawn(async move { shutdown.run_until_cancelled(this.run(store, changes)).await });
        outputs
    }

    /// Changes whenever a task has more output. To be called before what there is is read: what is
    /// committed after that is told.
    pub(crate) fn watch(&self, task: TaskId) -> watch::Receiver<i64> {
        self.lock().entry(task).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    async fn run(self, store: Store, mut changes: watch::Receiver<u64>) {
        while let Err(error) = self.look_after_changes(&store, &mut changes).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "looking for the output of tasks failed"
            );
            tokio::time::sleep(AFTER_FAILURE).await;
        }
    }

    /// Ends when the feed of changes does.
    async fn look_after_changes(
        &self,
        store: &Store,
        changes: &mut watch::Receiver<u64>,
    ) -> Result<(), StoreError> {
        loop {
            // Marked before the look, so that what is committed after the look wakes us.
            changes.mark_unchanged();
            self.look(store).await?;
            if changes.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    async fn look(&self, store: &Store) -> Result<(), StoreError> {
        let watched = self.watched();
        if watched.is_empty() {
            return Ok(());
        }
        let mut conn = store.read().await?;
        for tasks in watched.chunks(AT_ONCE) {
            self.tell(&task_output::newest_of(&mut conn, tasks).await?);
        }
        Ok(())
    }

    /// The tasks that are followed still.
    fn watched(&self) -> Vec<TaskId> {
        let mut watched = self.lock();
        watched.retain(|_, sender| sender.receiver_count() > 0);
        watched.keys().copied().collect()
    }

    fn tell(&self, found: &[(TaskId, i64)]) {
        let watched = self.lock();
        for (task, newest) in found {
            if let Some(sender) = watched.get(task) {
                sender.send_if_modified(|known| std::mem::replace(known, *newest) != *newest);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
