//! What a worker asks of PID 1 about tasks (supervisor/PROTOCOL.md). A task lives there: it goes on
//! whatever becomes of the worker, and is told by its id.

use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use sandboxd_shared::app_config::Environment;
use sandboxd_shared::domain::AgentEnd;
use sandboxd_shared::ids::TaskId;

/// A task as it is handed over.
#[derive(Debug)]
pub struct Order<'a> {
    /// Handing the same id over again starts nothing.
    pub id: TaskId,
    /// Program and arguments.
    pub argv: &'a [String],
    /// Environment beside what every program in the sandbox gets.
    pub env: &'a Environment,
    /// When the supervisor ends it by itself.
    pub timeout: Duration,
    /// Bytes of output that it keeps.
    pub output_limit: u64,
}

/// A program that runs as long as somebody listens.
#[derive(Debug)]
pub struct Program<'a> {
    /// Program and arguments.
    pub argv: &'a [String],
    /// Environment beside what every program in the sandbox gets.
    pub env: &'a Environment,
    /// When it is ended.
    pub timeout: Duration,
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It runs now.
    Now,
    /// It had been begun before.
    Before,
}

/// What is heard of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Bytes that it printed.
    Output(Vec<u8>),
    /// It has ended, and nothing comes after this.
    End(AgentEnd),
}

/// How a task can have ended, in the supervisor's words.
const CAUSES: [&str; 5] = ["exited", "cancelled", "timeout", "stopped", "lost"];

/// Whether an end says what this version understands.
pub(super) fn is_known(end: &AgentEnd) -> bool {
    CAUSES.contains(&end.cause.as_str())
}

/// What a program says, in order. Dropping it closes the connection.
pub type Saying = BoxStream<'static, Result<Said, SupervisorError>>;

/// What PID 1 refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such task, or no such program.
    NotFound,
    /// Another task runs.
    TaskRunning,
    /// It is too old to know tasks.
    Unsupported,
    /// It has too much to do.
    Busy,
    /// It can't be done as it is asked.
    Invalid,
    /// Something else.
    Other,
}

/// PID 1 didn't do what it was asked, or nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    /// No answer, or it broke off: what was asked may have been done.
    #[error("sandbox-init does not answer")]
    NoAnswer(#[source] io::Error),
    /// It answered what can't be understood.
    #[error("sandbox-init answered what can't be understood")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It said no.
    #[error("sandbox-init refused ({0:?})")]
    Refused(Refusal),
}

/// Asks PID 1 of a sandbox, by the sandbox's run directory.
#[async_trait]
pub trait Supervisor: Send + Sync + Debug {
    /// Hands a task over. Once begun, the same id is never begun again.
    ///
    /// # Errors
    /// [`SupervisorError`]
    async fn start(&self, run_dir: &Path, order: &Order<'_>) -> Result<Begun, SupervisorError>;

    /// Listens to a task's output from a byte of it on, to its end.
    ///
    /// # Errors
    /// [`SupervisorError`]
    async fn follow(
        &self,
        run_dir: &Path,
        id: TaskId,
        offset: u64,
    ) -> Result<Saying, SupervisorError>;

    /// Tells a task to end. One that has ended is a success.
    ///
    /// # Errors
    /// [`SupervisorError`]
    async fn cancel(&self, run_dir: &Path, id: TaskId) -> Result<(), SupervisorError>;

    /// How the app is built; none if it doesn't say.
    ///
    /// # Errors
    /// [`SupervisorError`]
    async fn build_command(&self, run_dir: &Path) -> Result<Option<Vec<String>>, SupervisorError>;

    /// Runs a program in the app folder, and listens to it.
    ///
    /// # Errors
    /// [`SupervisorError`]
    async fn run(&self, run_dir: &Path, program: &Program<'_>) -> Result<Saying, SupervisorError>;
}
