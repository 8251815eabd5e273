//! Ending an agent before it has ended by itself.

use std::time::Duration;

use sandboxd_shared::domain::AgentEnd;
use sandboxd_shared::ids::TaskId;
use tokio::time::{Instant, sleep};

use super::Tasks;
use super::notes::{Heard, Notes};
use super::supervisor::{Refusal, SupervisorError};
use crate::runner::{JobContext, JobError};

/// How long an agent is waited for that was told to end: it has 5 s before it is killed.
const LIMIT: Duration = Duration::from_secs(8);
/// How often it is told.
const TICK: Duration = Duration::from_millis(200);
/// How often an agent that nobody knows is asked for: it may be about to be begun.
const UNKNOWN_TRIES: u32 = 3;

impl Tasks {
    /// Ends the task's agent, if there is one, and keeps what it said. One that can't be reached is
    /// no error: it ends with its container, or by its own time.
    ///
    /// # Errors
    /// Of the database.
    pub async fn end(&self, cx: &JobContext, id: TaskId) -> Result<(), JobError> {
        let task = self.task(cx, id).await?;
        if task.handed_over_to.is_none() || task.ended.is_some() {
            return Ok(());
        }
        let mut notes = Notes::resume(self, cx, &task)?;
        let end = notes.end_agent().await?;
        notes.conclude(&end, |_, _, _| None).await
    }
}

impl Notes<'_> {
    /// Tells the agent to end, and listens until it has, for a while. Says how it ended, as far as
    /// that is known.
    pub(super) async fn end_agent(&mut self) -> Result<AgentEnd, JobError> {
        let until = Instant::now() + LIMIT;
        let unknown = || AgentEnd { code: None, signal: None, cause: "cancelled".to_owned() };
        if !self.tell_to_end(until).await {
            return Ok(self.hear_file().await?.unwrap_or_else(unknown));
        }
        while Instant::now() < until {
            match self.listen(until).await? {
                Heard::End(end) => return Ok(end),
                Heard::Late | Heard::Unknown => break,
                Heard::Broken { .. } => {
                    if matches!(self.tasks.is_there(self.task).await, Ok(false)) {
                        return Ok(self.hear_file().await?.unwrap_or_else(unknown));
                    }
                    sleep(TICK).await;
                }
            }
        }
        self.write().await?;
        tracing::warn!(task.id = %self.task.id, "an agent was told to end and isn't seen to");
        Ok(unknown())
    }

    /// Whether it was told.
    async fn tell_to_end(&self, until: Instant) -> bool {
        let (tasks, task) = (self.tasks, self.task);
        let mut unknown = 0;
        while Instant::now() < until {
            match tasks.supervisor.cancel(&tasks.run_dir(task), task.id).await {
                Ok(()) => return true,
                Err(SupervisorError::Refused(Refusal::NotFound)) => unknown += 1,
                Err(SupervisorError::Refused(Refusal::Unsupported)) => return false,
                Err(_) => {}
            }
            let gone = matches!(tasks.is_there(task).await, Ok(false));
            if unknown >= UNKNOWN_TRIES || gone {
                return false;
            }
            sleep(TICK).await;
        }
        false
    }
}
