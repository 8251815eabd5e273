//! One look at an operation: claim it, lock what it works on, run it, write down how it ended.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{
    ErrorBody, ErrorCode, EventType, NewEvent, Operation, OperationStatus, Undo,
};
use sandboxd_shared::feed::Changes;
use sandboxd_shared::ids::OperationId;
use sandboxd_shared::jobs::{self as intents, Found};
use sandboxd_shared::metrics;
use sandboxd_shared::store::claim::{self, Claim, Ending, Renewal};
use sandboxd_shared::store::{Store, StoreError, events};
use sandboxd_shared::{telemetry, traced};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use tracing::field::Empty;

use super::lock::{Held, LockError, SandboxLocks};
use super::{JobContext, JobError, backoff, lease};
use crate::jobs::{Done, Jobs};

/// How long another process' work on the same sandbox is waited for.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// When an operation whose lock is taken is looked at again.
const LOCK_RETRY: Duration = Duration::from_secs(1);
/// How long letting go of what is handed back may take.
const LET_GO_LIMIT: Duration = Duration::from_secs(2);
/// How long undoing may take before the rows are settled without it; the reconciler does the rest.
const UNDO_LIMIT: Duration = Duration::from_mins(3);

/// Runs operations of one worker process.
#[derive(Debug)]
pub struct Runner {
    store: Store,
    changes: Changes,
    jobs: Arc<Jobs>,
    locks: SandboxLocks,
    worker: String,
    lease: Duration,
    drain: Duration,
    /// No new operations from here on.
    closing: CancellationToken,
    /// Running ones are handed back from here on.
    drained: CancellationToken,
    running: TaskTracker,
}

/// How the body of a job ended.
enum Outcome {
    Done(Done),
    Error(JobError),
    Lost,
    HandBack,
}

impl Runner {
    /// A runner that has not begun anything.
    #[must_use]
    pub fn new(
        store: Store,
        changes: Changes,
        jobs: Arc<Jobs>,
        locks: SandboxLocks,
        worker: String,
        lease: Duration,
        drain: Duration,
    ) -> Self {
        let closing = CancellationToken::new();
        let drained = CancellationToken::new();
        let running = TaskTracker::new();
        Self { store, changes, jobs, locks, worker, lease, drain, closing, drained, running }
    }

    /// Stops taking operations, gives running ones the drain time, hands the rest back, and
    /// returns when nothing runs any more.
    pub async fn drain(&self) {
        self.closing.cancel();
        self.running.close();
        if tokio::time::timeout(self.drain, self.running.wait()).await.is_err() {
            self.drained.cancel();
            self.running.wait().await;
        }
    }

    /// Looks at an operation and, if it is there to be taken, runs it to its end or to the end of
    /// this attempt.
    pub async fn look(self: &Arc<Self>, id: OperationId) {
        if self.closing.is_cancelled() {
            return;
        }
        let this = Arc::clone(self);
        let attempt = self.running.spawn(async move {
            if let Err(error) = this.attempt(id).await {
                // The lease runs out and the reaper gives the operation to somebody.
                tracing::error!(operation.id = %id, error = &error as &dyn std::error::Error,
                    "an attempt could not be recorded");
            }
        });
        let _ = attempt.await;
    }

    async fn attempt(&self, id: OperationId) -> Result<(), StoreError> {
        // A drain may have begun since: it waits for what is claimed only.
        if self.closing.is_cancelled() {
            return Ok(());
        }
        let Some(operation) = self.claim(id).await? else { return Ok(()) };
        let lock = match self.locks.take(&operation.lock_key, LOCK_PATIENCE).await {
            Ok(lock) => lock,
            Err(error) => return self.put_off(&operation, &error).await,
        };
        let begun = tokio::time::Instant::now();
        let span = traced!(
            "attempt", otel.name = operation.kind.as_str(), otel.kind = "consumer",
            operation.id = %operation.id, job.attempt = operation.attempt, job.outcome = Empty,
            sandbox.id = operation.sandbox_id.map(tracing::field::display),
        );
        telemetry::follow(&span, operation.trace_context.as_deref());
        let ended = self.run(operation.clone(), lock).instrument(span.clone()).await;
        let outcome = ended.as_ref().map_or("unrecorded", |outcome| *outcome);
        span.record("job.outcome", outcome);
        metrics::attempt_ended(operation.kind, outcome);
        tracing::info!(
            operation.id = %operation.id,
            operation.kind = %operation.kind,
            sandbox.id = operation.sandbox_id.map(tracing::field::display),
            job.attempt = operation.attempt,
            job.outcome = outcome,
            job.duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            "job attempt ended"
        );
        ended.map(|_| ())
    }

    async fn claim(&self, id: OperationId) -> Result<Option<Operation>, StoreError> {
        let now = self.store.clock().now();
        let mut tx = self.store.write_lightly().await?;
        let claimed = claim::claim(&mut tx, id, &self.worker, now, now.plus(self.lease)).await?;
        if let Some(claimed) = &claimed {
            tx.commit().await?;
            if claimed.token == 1 {
                metrics::operation_began(claimed.kind.queue(), since(claimed.created_at, now));
            }
        }
        Ok(claimed)
    }

    async fn put_off(&self, operation: &Operation, why: &LockError) -> Result<(), StoreError> {
        tracing::warn!(operation.id = %operation.id, error = why as &dyn std::error::Error,
            "an operation is put off");
        self.requeue(operation, LOCK_RETRY, false).await.map(|_| ())
    }

    async fn requeue(
        &self,
        operation: &Operation,
        wait: Duration,
        spent: bool,
    ) -> Result<bool, StoreError> {
        let now = self.store.clock().now();
        let mut tx = self.store.write().await?;
        let done = claim::requeue(&mut tx, operation, now.plus(wait), spent, now).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn run(&self, operation: Operation, lock: Held) -> Result<&'static str, StoreError> {
        let cancel = CancellationToken::new();
        if operation.cancel_requested {
            cancel.cancel();
        }
        let total = Jobs::steps(operation.kind);
        let (store, ending) = (self.store.clone(), self.closing.clone());
        let cx = Arc::new(JobContext::new(operation, store, total, cancel.clone(), ending));
        let keeper = tokio::spawn(lease::keep(
            self.store.clone(),
            self.changes.clone(),
            cx.claim(),
            self.lease,
            cancel,
        ));
        let outcome = self.body(&cx, keeper).await;
        let ended = self.settle(&cx, outcome).await;
        drop(lock);
        ended
    }

    /// Runs the job until it ends, is lost, is over its deadline or is handed back.
    async fn body(&self, cx: &Arc<JobContext>, keeper: tokio::task::JoinHandle<()>) -> Outcome {
        let operation = cx.operation();
        if let Some(undo) = &operation.undo {
            let undo = undo.clone();
            let undone = self.undo(cx, undo).await;
            keeper.abort();
            return undone;
        }
        let left = operation.deadline.millis_since(self.store.clock().now());
        let deadline = Duration::from_millis(u64::try_from(left).unwrap_or(0));
        let jobs = Arc::clone(&self.jobs);
        let body_cx = Arc::clone(cx);
        let mut body = tokio::spawn(async move { jobs.run(&body_cx).await }.in_current_span());
        let mut keeper = keeper;
        let outcome = tokio::select! {
            ended = &mut body => match ended {
                Ok(Ok(done)) => Outcome::Done(done),
                Ok(Err(error)) => Outcome::Error(error),
                Err(panic) => Outcome::Error(panicked(&panic)),
            },
            _ = &mut keeper => Outcome::Lost,
            () = tokio::time::sleep(deadline) => Outcome::Error(JobError::fail(
                ErrorCode::Internal,
                "the operation took too long and was given up",
            )),
            () = self.drained.cancelled() => Outcome::HandBack,
        };
        if !body.is_finished() {
            body.abort();
            let _ = (&mut body).await;
        }
        // A lease that is kept while the rest is undone.
        let outcome = match outcome {
            Outcome::Error(error) => self.after_error(cx, error).await,
            other => other,
        };
        keeper.abort();
        outcome
    }

    /// Decides between another attempt and undoing.
    async fn after_error(&self, cx: &Arc<JobContext>, error: JobError) -> Outcome {
        let operation = cx.operation();
        let undo = match &error {
            JobError::Lost => return Outcome::Lost,
            JobError::HandBack => return Outcome::HandBack,
            JobError::Cancelled => Undo { status: OperationStatus::Cancelled, error: None },
            JobError::Moot(why) => {
                let error = Some(ErrorBody::new(ErrorCode::Conflict, *why));
                Undo { status: OperationStatus::Cancelled, error }
            }
            JobError::Retry { public, .. } | JobError::Fail { public, .. } => {
                tracing::warn!(
                    operation.id = %operation.id, operation.kind = %operation.kind,
                    job.attempt = operation.attempt, error = &error as &dyn std::error::Error,
                    "a job failed"
                );
                let over = operation.deadline <= self.store.clock().now();
                let again = matches!(error, JobError::Retry { .. })
                    && operation.attempt < operation.max_attempts
                    && !over;
                if again {
                    return Outcome::Error(error);
                }
                Undo { status: OperationStatus::Failed, error: Some(public.clone()) }
            }
        };
        match self.note_undo(cx.claim(), &undo).await {
            Ok(true) => self.undo(cx, undo).await,
            Ok(false) => Outcome::Lost,
            Err(error) => Outcome::Error(error.into()),
        }
    }

    async fn note_undo(&self, claim: Claim, undo: &Undo) -> Result<bool, StoreError> {
        let mut tx = self.store.write().await?;
        let noted = claim::set_undo(&mut tx, claim, undo).await?;
        tx.commit_quietly().await?;
        Ok(noted)
    }

    async fn undo(&self, cx: &Arc<JobContext>, undo: Undo) -> Outcome {
        let work = AssertUnwindSafe(self.jobs.undo(cx)).catch_unwind();
        let undone = tokio::select! {
            undone = tokio::time::timeout(UNDO_LIMIT, work) => undone,
            // Whoever has it next goes on with undoing.
            () = self.drained.cancelled() => return Outcome::HandBack,
        };
        let found = match undone {
            Ok(Ok(Ok(found))) => found,
            Ok(Ok(Err(JobError::Lost))) => return Outcome::Lost,
            Ok(Ok(Err(error))) => {
                tracing::warn!(operation.id = %cx.operation().id, error = &error as &dyn std::error::Error,
                    "an operation could not be undone; the reconciler does the rest");
                Found::AsRecorded
            }
            Ok(Err(_)) | Err(_) => {
                tracing::error!(operation.id = %cx.operation().id,
                    "undoing an operation panicked or took too long; the reconciler does the rest");
                Found::AsRecorded
            }
        };
        Outcome::Done(Done::Undone { undo, found })
    }

    /// Writes how it ended: the operation's end and what it means, in one transaction.
    async fn settle(
        &self,
        cx: &Arc<JobContext>,
        outcome: Outcome,
    ) -> Result<&'static str, StoreError> {
        let operation = cx.operation();
        match outcome {
            Outcome::Done(done) => self.finish(cx, done).await,
            Outcome::Error(error) => self.try_again(operation, &error).await,
            Outcome::Lost => Ok("lost"),
            Outcome::HandBack => {
                let let_go = tokio::time::timeout(LET_GO_LIMIT, self.jobs.let_go(cx)).await;
                if !matches!(let_go, Ok(Ok(()))) {
                    tracing::warn!(operation.id = %operation.id, "handed back as it stands");
                }
                self.requeue(operation, Duration::ZERO, false).await?;
                Ok("handed back")
            }
        }
    }

    async fn try_again(
        &self,
        operation: &Operation,
        error: &JobError,
    ) -> Result<&'static str, StoreError> {
        let random = u32::from_le_bytes(
            operation.id.to_string().as_bytes()[22..26]
                .try_into()
                .expect("invariant: an id has 26 characters"),
        );
        let now = self.store.clock().now();
        let due = now.plus(backoff::after(operation.attempt, random));
        let mut tx = self.store.write().await?;
        if !claim::requeue(&mut tx, operation, due, true, now).await? {
            return Ok("lost");
        }
        let reason = match error {
            JobError::Retry { public, .. } | JobError::Fail { public, .. } => {
                public.message.clone()
            }
            other => other.to_string(),
        };
        let event = NewEvent::of(operation, EventType::OperationRetried).payload(
            json!({ "kind": operation.kind, "attempt": operation.attempt, "reason": reason }),
        );
        events::append(&mut tx, &event, now).await?;
        tx.commit().await?;
        Ok("to be retried")
    }

    async fn finish(&self, cx: &Arc<JobContext>, done: Done) -> Result<&'static str, StoreError> {
        let operation = cx.operation();
        let now = self.store.clock().now();
        let steps = cx.ended_steps(!matches!(done, Done::Undone { .. }));
        let mut tx = self.store.write().await?;
        if let Done::Undone { undo, found } = &done {
            let ending = Ending { status: undo.status, result: None, error: undo.error.as_ref() };
            if !claim::finish(&mut tx, cx.claim(), &ending, &steps, now).await? {
                return Ok("lost");
            }
            intents::fail(&mut tx, operation, undo, found, now).await?;
            tx.commit().await?;
            metrics::operation_ended(operation.kind, undo.status, since(operation.created_at, now));
            self.jobs.ended();
            return Ok(undo.status.as_str());
        }
        // Whoever has it now may have ended it, and what this would be recorded on be gone.
        if claim::check(&mut tx, cx.claim()).await? == Renewal::Lost {
            return Ok("lost");
        }
        let result = self.jobs.record(&mut tx, operation, done, now).await?;
        let ending =
            Ending { status: OperationStatus::Succeeded, result: Some(&result), error: None };
        if !claim::finish(&mut tx, cx.claim(), &ending, &steps, now).await? {
            return Ok("lost");
        }
        tx.commit().await?;
        metrics::operation_ended(operation.kind, ending.status, since(operation.created_at, now));
        self.jobs.ended();
        Ok("succeeded")
    }
}

/// The time from `begin` to `end`; none if a clock was set back in between.
fn since(begin: Timestamp, end: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(end.millis_since(begin)).unwrap_or(0))
}

fn panicked(panic: &tokio::task::JoinError) -> JobError {
    tracing::error!(%panic, "a job panicked");
    JobError::Fail {
        public: ErrorBody::new(ErrorCode::Internal, "the operation failed unexpectedly"),
        cause: None,
    }
}
