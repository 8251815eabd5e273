//! Following an agent to its end, whatever breaks on the way.

use std::time::Duration;

use sandboxd_shared::domain::Task;
use sandboxd_shared::ids::TaskId;
use sandboxd_shared::store::Store;
use tokio::time::Instant;

use super::Tasks;
use super::notes::{Heard, Notes};
use super::verdict::{judge, timed_out};
use crate::runner::{JobContext, JobError};

/// How much later than its time an agent may be: its supervisor ends it in time, gives it a few
/// seconds, and doesn't count what it was frozen for.
const GRACE: Duration = Duration::from_mins(1);
/// The first and the longest wait before a broken connection is made again.
const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(2);
/// How long neither the sandbox nor the engine may answer before another attempt is made of it.
const SILENCE: Duration = Duration::from_mins(2);

impl Tasks {
    /// Writes down all that the agent says until it has ended, and how.
    ///
    /// # Errors
    /// Of the database; of an engine that doesn't answer for long.
    pub async fn follow(&self, cx: &JobContext, id: TaskId) -> Result<(), JobError> {
        let task = self.task(cx, id).await?;
        let mut notes = Notes::resume(self, cx, &task)?;
        let (mut wait, mut heard_at) = (RETRY_MIN, Instant::now());
        loop {
            let left = time_left(&task, cx.store());
            if left.is_zero() {
                return self.end_overdue(notes).await;
            }
            let heard = notes.listen(Instant::now() + left).await?;
            match heard {
                Heard::End(end) => return notes.conclude(&end, judge).await,
                Heard::Late => continue,
                Heard::Broken { connected: true } => {
                    (wait, heard_at) = (RETRY_MIN, Instant::now());
                }
                Heard::Broken { connected: false } | Heard::Unknown => {}
            }
            match self.is_there(&task).await {
                // It was begun there, and is forgotten.
                Ok(true) if matches!(heard, Heard::Unknown) => {
                    return notes.conclude_from_file().await;
                }
                Ok(true) => heard_at = Instant::now(),
                Ok(false) => return notes.conclude_from_file().await,
                Err(error) if heard_at.elapsed() > SILENCE => return Err(error),
                Err(_) => {}
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    async fn end_overdue(&self, mut notes: Notes<'_>) -> Result<(), JobError> {
        let end = notes.end_agent().await?;
        let late = |task: &Task, _: &_, _: &_| Some(timed_out(task));
        notes.conclude(&end, late).await
    }

    /// Whether the container that the prompt was handed to is there and lives.
    pub(super) async fn is_there(&self, task: &Task) -> Result<bool, JobError> {
        let found = self.containers.find(task.sandbox_id).await?;
        Ok(found.is_some_and(|found| {
            found.phase.is_live() && task.handed_over_to.as_ref() == Some(&found.id)
        }))
    }
}

/// Until the agent is overdue.
fn time_left(task: &Task, store: &Store) -> Duration {
    let Some(ends_by) = task.ends_by else { return GRACE };
    let left = ends_by.plus(GRACE).millis_since(store.clock().now());
    Duration::from_millis(u64::try_from(left).unwrap_or(0))
}
