//! What a job has while it runs: its operation, and the way to do its steps.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use futures::future::BoxFuture;
use sandboxd_shared::domain::{Operation, Progress, Step, StepStatus};
use sandboxd_shared::metrics;
use sandboxd_shared::store::claim::{self, Claim, Renewal};
use sandboxd_shared::store::{Store, WriteTx};
use sandboxd_shared::traced;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::JobError;
use crate::failpoint;

/// A job's hold on its operation.
#[derive(Debug)]
pub struct JobContext {
    operation: Operation,
    store: Store,
    cancel: CancellationToken,
    /// The worker takes nothing new and is about to end.
    ending: CancellationToken,
    past_return: AtomicBool,
    total: u32,
    steps: Mutex<Vec<Step>>,
}

impl JobContext {
    pub(super) fn new(
        operation: Operation,
        store: Store,
        total: u32,
        cancel: CancellationToken,
        ending: CancellationToken,
    ) -> Self {
        let steps = Mutex::new(operation.steps.clone());
        let past_return = AtomicBool::new(false);
        Self { operation, store, cancel, ending, past_return, total, steps }
    }

    /// The operation as it was claimed.
    #[must_use]
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    pub(super) fn claim(&self) -> Claim {
        Claim { operation: self.operation.id, token: self.operation.token }
    }

    /// Whether an attempt before this one has begun a step.
    #[must_use]
    pub fn began_before(&self, step: &str) -> bool {
        self.operation.steps.iter().any(|begun| begun.name == step)
    }

    /// From here on the job can only be finished: a cancel comes too late.
    pub fn pass_point_of_no_return(&self) {
        self.past_return.store(true, Ordering::SeqCst);
    }

    /// Waits until somebody wants the job to end, and it still can.
    pub async fn cancelled(&self) {
        self.cancel.cancelled().await;
        if self.past_return.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }

    fn check_cancelled(&self) -> Result<(), JobError> {
        let cancelled = self.cancel.is_cancelled() && !self.past_return.load(Ordering::SeqCst);
        if cancelled { Err(JobError::Cancelled) } else { Ok(()) }
    }

    /// Does a step to its end: `work` must be safe to repeat, and bounded in time by itself.
    ///
    /// # Errors
    /// What `work` gives; [`JobError::Cancelled`] or [`JobError::Lost`] before it is begun.
    pub async fn step<T>(
        &self,
        name: &'static str,
        message: &str,
        work: impl Future<Output = Result<T, JobError>> + Send,
    ) -> Result<T, JobError> {
        self.check_cancelled()?;
        self.begin(name, message).await?;
        let begun = Instant::now();
        let result = work.instrument(traced!("step", otel.name = name)).await;
        metrics::step_ended(self.operation.kind, name, begun.elapsed());
        self.end(name, result.is_ok());
        if result.is_ok() {
            failpoint::hit(&format!("{}.{name}", self.operation.kind)).await?;
        }
        result
    }

    /// Does a step that only waits, and may be broken off by a cancel.
    ///
    /// # Errors
    /// As for [`step`](Self::step).
    pub async fn wait_step<T>(
        &self,
        name: &'static str,
        message: &str,
        work: impl Future<Output = Result<T, JobError>> + Send,
    ) -> Result<T, JobError> {
        let work = async {
            tokio::select! {
                result = work => result,
                () = self.cancelled() => Err(JobError::Cancelled),
            }
        };
        self.step(name, message, work).await
    }

    /// Does a step that waits for what goes on without this worker, for hours maybe: broken off by a
    /// cancel, and handed back as soon as the worker is told to end.
    ///
    /// # Errors
    /// As for [`step`](Self::step); [`JobError::HandBack`] when the worker ends.
    pub fn long_step<'a, T: Send + 'a>(
        &'a self,
        name: &'static str,
        message: &'a str,
        work: impl Future<Output = Result<T, JobError>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, JobError>> {
        let work = Box::pin(work);
        let work = async move {
            tokio::select! {
                result = work => result,
                () = self.ending.cancelled() => Err(JobError::HandBack),
            }
        };
        Box::pin(async move {
            if self.ending.is_cancelled() {
                return Err(JobError::HandBack);
            }
            self.wait_step(name, message, work).await
        })
    }

    async fn begin(&self, name: &str, message: &str) -> Result<(), JobError> {
        let now = self.store.clock().now();
        let (steps, done) = {
            let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
            steps.retain(|step| step.name != name);
            let done = steps.iter().filter(|step| step.status == StepStatus::Succeeded).count();
            steps.push(Step {
                name: name.to_owned(),
                status: StepStatus::Running,
                started_at: now,
                duration_ms: None,
            });
            (steps.clone(), u32::try_from(done).unwrap_or(u32::MAX))
        };
        let progress = Progress {
            step: name.to_owned(),
            done: done.min(self.total),
            total: self.total,
            message: message.to_owned(),
        };
        let mut tx = self.store.write_lightly().await?;
        if !claim::set_progress(&mut tx, self.claim(), Some(&progress), &steps).await? {
            return Err(JobError::Lost);
        }
        tx.commit().await?;
        Ok(())
    }

    /// The step's end is written with the next step's beginning, or with the operation's end.
    fn end(&self, name: &str, succeeded: bool) {
        let now = self.store.clock().now();
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(step) = steps.iter_mut().find(|step| step.name == name) {
            step.status = if succeeded { StepStatus::Succeeded } else { StepStatus::Failed };
            step.duration_ms = Some(now.millis_since(step.started_at));
        }
    }

    /// The steps as an ended operation shows them. What a success did in an attempt that was
    /// broken off, and found done in the next, is no step of it; else what was broken off failed.
    pub(super) fn ended_steps(&self, succeeded: bool) -> Vec<Step> {
        let now = self.store.clock().now();
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if succeeded {
            steps.retain(|step| step.status == StepStatus::Succeeded);
        }
        for step in steps.iter_mut().filter(|step| step.status == StepStatus::Running) {
            step.status = StepStatus::Failed;
            step.duration_ms = Some(now.millis_since(step.started_at));
        }
        steps
    }

    /// Begins a write transaction that only the operation's holder may commit.
    ///
    /// # Errors
    /// [`JobError::Lost`] if another worker has the operation.
    pub async fn fenced_write(&self) -> Result<WriteTx, JobError> {
        self.fence(self.store.write().await?).await
    }

    /// The same for what is worth nothing after a power cut, see [`Store::write_lightly`].
    ///
    /// # Errors
    /// [`JobError::Lost`] if another worker has the operation.
    pub async fn fenced_write_lightly(&self) -> Result<WriteTx, JobError> {
        self.fence(self.store.write_lightly().await?).await
    }

    async fn fence(&self, mut tx: WriteTx) -> Result<WriteTx, JobError> {
        match claim::check(&mut tx, self.claim()).await? {
            Renewal::Lost => Err(JobError::Lost),
            Renewal::Held | Renewal::CancelRequested => Ok(tx),
        }
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sandboxd_shared::clock::SystemClock;
    use sandboxd_shared::domain::{Layer, LayerState};
    use sandboxd_shared::feed::Doorbell;
    use sandboxd_shared::jobs::compact_layer;
    use sandboxd_shared::store::migrate;

    use super::*;

    async fn claimed(store: &Store) -> Operation {
        let layer = Layer {
            id: "l".to_owned(),
            node: "n".to_owned(),
            parent_id: None,
            depth: 1,
            state: LayerState::Ready,
            source: "s".to_owned(),
            flat_of: None,
            size_bytes: None,
        };
        let now = store.clock().now();
        let mut tx = store.write().await.unwrap();
        let id = compact_layer::enqueue(&mut tx, &layer, now).await.unwrap().unwrap().id;
        let claimed = claim::claim(&mut tx, id, "w", now, now).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        claimed
    }

    #[tokio::test]
    async fn who_has_lost_its_claim_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("db");
        let store = Store::open(&file, Arc::new(SystemClock), Doorbell::silent()).await.unwrap();
        migrate(&store).await.unwrap();
        let operation = claimed(&store).await;
        let token = CancellationToken::new();
        let ending = CancellationToken::new();
        let cx = JobContext::new(operation.clone(), store.clone(), 1, token, ending);
        cx.step("one", "One", async { Ok(()) }).await.unwrap();
        assert!(cx.fenced_write().await.is_ok());

        let now = store.clock().now();
        let mut tx = store.write().await.unwrap();
        assert!(claim::requeue(&mut tx, &operation, now, true, now).await.unwrap());
        tx.commit().await.unwrap();
        assert!(matches!(cx.fenced_write().await, Err(JobError::Lost)));
        let never = async { panic!("a step is begun without a claim") };
        assert!(matches!(cx.step("two", "Two", never).await, Err::<(), _>(JobError::Lost)));
    }
}
