//! Listening to an agent and writing down what it says. What is heard and how far that is are
//! written in one transaction, so that whoever listens next goes on at the right byte.

use std::time::Duration;

use futures::StreamExt;
use sandboxd_shared::domain::{AgentEnd, ErrorCode, Task};
use sandboxd_shared::store::{WriteTx, task_output, tasks};
use tokio::time::{Instant, timeout_at};

use super::Tasks;
use super::leftover;
use super::supervisor::{Refusal, Said, SupervisorError};
use super::transcript::Transcript;
use super::verdict::{Failure, judge};
use crate::failpoint;
use crate::runner::{JobContext, JobError};

/// What an agent may print in all, bytes. Its first part and its end are kept.
pub(super) const OUTPUT_LIMIT: u64 = 8 << 20;
/// What the file may have beyond that: the end, and the note of what is left out.
const OUTPUT_SLACK: u64 = 128 * 1024;
/// What is written at once, bytes.
const BATCH: usize = 64 * 1024;
/// How often it is written at most.
const PACE: Duration = Duration::from_millis(100);

/// Why listening ended.
#[derive(Debug)]
pub(super) enum Heard {
    /// The agent has ended. Its last words aren't written down yet.
    End(AgentEnd),
    /// The connection broke off.
    Broken {
        /// Whether there was one.
        connected: bool,
    },
    /// PID 1 knows no such task, or less of it than is written down.
    Unknown,
    /// It is late.
    Late,
}

/// What is written down of a task's agent.
pub(super) struct Notes<'a> {
    pub(super) tasks: &'a Tasks,
    pub(super) cx: &'a JobContext,
    pub(super) task: &'a Task,
    transcript: Transcript,
}

impl<'a> Notes<'a> {
    /// Goes on where the row is.
    pub(super) fn resume(
        tasks: &'a Tasks,
        cx: &'a JobContext,
        task: &'a Task,
    ) -> Result<Self, JobError> {
        let transcript = Transcript::resume(task).map_err(|error| JobError::Fail {
            public: sandboxd_shared::domain::ErrorBody::new(
                ErrorCode::Internal,
                "what was read of the agent's output can't be gone on with",
            ),
            cause: Some(Box::new(error)),
        })?;
        Ok(Self { tasks, cx, task, transcript })
    }

    /// Listens until the agent has ended, the connection breaks, or it is late.
    pub(super) async fn listen(&mut self, late: Instant) -> Result<Heard, JobError> {
        let run_dir = self.tasks.run_dir(self.task);
        let from = self.transcript.position();
        let follow = self.tasks.supervisor.follow(&run_dir, self.task.id, from);
        let mut saying = match timeout_at(late, follow).await {
            Err(_) => return Ok(Heard::Late),
            Ok(Ok(saying)) => saying,
            Ok(Err(SupervisorError::Refused(Refusal::NotFound | Refusal::Invalid))) => {
                return Ok(Heard::Unknown);
            }
            Ok(Err(error)) => {
                tracing::debug!(task.id = %self.task.id, error = &error as &dyn std::error::Error,
                    "an agent can't be listened to now");
                return Ok(Heard::Broken { connected: false });
            }
        };
        let mut written = None;
        // When what was heard is to be written down.
        let mut due: Option<Instant> = None;
        loop {
            let until = due.map_or(late, |due| due.min(late));
            match timeout_at(until, saying.next()).await {
                Ok(Some(Ok(Said::Output(bytes)))) => {
                    self.transcript.hear(&bytes);
                    let unwritten = self.transcript.unwritten();
                    if unwritten >= BATCH {
                        self.write().await?;
                        (written, due) = (Some(Instant::now()), None);
                    } else if unwritten > 0 && due.is_none() {
                        let now = Instant::now();
                        due = Some(written.map_or(now, |at: Instant| now.max(at + PACE)));
                    }
                }
                Ok(Some(Ok(Said::End(end)))) => return Ok(Heard::End(end)),
                Ok(Some(Err(_)) | None) => {
                    self.write().await?;
                    return Ok(Heard::Broken { connected: true });
                }
                Err(_) => {
                    self.write().await?;
                    if Instant::now() >= late {
                        return Ok(Heard::Late);
                    }
                    (written, due) = (Some(Instant::now()), None);
                }
            }
        }
    }

    /// Writes down what was heard. Where that is lost in a power cut, so is the agent.
    pub(super) async fn write(&mut self) -> Result<(), JobError> {
        if self.transcript.unwritten() == 0 {
            return Ok(());
        }
        let mut tx = self.cx.fenced_write_lightly().await?;
        self.put(&mut tx).await?;
        tx.commit().await?;
        failpoint::hit("task.heard").await?;
        Ok(())
    }

    async fn put(&mut self, tx: &mut WriteTx) -> Result<(), JobError> {
        let (rows, heard) = self.transcript.take();
        let now = self.cx.store().clock().now();
        task_output::append(tx, self.task.id, &rows, now).await?;
        tasks::set_heard(tx, self.task.id, &heard).await?;
        Ok(())
    }

    /// Writes down the agent's end with its last words, and what that means for the task.
    pub(super) async fn conclude(
        mut self,
        end: &AgentEnd,
        judged: impl FnOnce(&Task, &AgentEnd, &Transcript) -> Option<Failure>,
    ) -> Result<(), JobError> {
        self.transcript.finish();
        let failure = judged(self.task, end, &self.transcript);
        let mut tx = self.cx.fenced_write().await?;
        self.put(&mut tx).await?;
        tasks::set_ended(&mut tx, self.task.id, end).await?;
        if let Some(Failure { reason, message }) = failure {
            tasks::set_failure(&mut tx, self.task.id, reason, &message).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The container is gone: hears what the agent has left in its file, and concludes.
    pub(super) async fn conclude_from_file(mut self) -> Result<(), JobError> {
        let end = self.hear_file().await?;
        let lost = AgentEnd { code: None, signal: None, cause: "lost".to_owned() };
        self.conclude(&end.unwrap_or(lost), judge).await
    }

    /// Hears what is left in the file of an agent whose container is gone. Says how it had ended.
    pub(super) async fn hear_file(&mut self) -> Result<Option<AgentEnd>, JobError> {
        let from = self.transcript.position();
        let limit = (OUTPUT_LIMIT + OUTPUT_SLACK).saturating_sub(from);
        let run_dir = self.tasks.run_dir(self.task);
        let left = leftover::read(run_dir, self.task.id, from, limit).await;
        for bytes in left.output.chunks(BATCH) {
            self.transcript.hear(bytes);
            self.write().await?;
        }
        Ok(left.end)
    }
}
