//! What an agent's end means for its task.

use std::time::Duration;

use sandboxd_shared::domain::{Agent, AgentEnd, ErrorBody, ErrorCode, FailureReason, Task};
use serde_json::json;

use super::transcript::{self, Transcript, WORDS_MAX};
use crate::runner::JobError;

/// Signals that end a program, as shells add them to 128.
const SIGKILL: i64 = 9;
const SHELL_KILLED: i64 = 128 + SIGKILL;
/// What a shell says of a program that isn't there.
const SHELL_NOT_FOUND: i64 = 127;

/// Why a task is to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) reason: FailureReason,
    /// For the task's row. The agent's own words are in it.
    pub(super) message: String,
}

impl Failure {
    pub(super) fn unavailable(message: &str) -> Self {
        Self { reason: FailureReason::SandboxUnavailable, message: message.to_owned() }
    }

    pub(super) fn agent(message: impl Into<String>) -> Self {
        Self { reason: FailureReason::AgentError, message: message.into() }
    }
}

/// Judges how an agent has ended; none if it did what it was asked.
pub(super) fn judge(task: &Task, end: &AgentEnd, transcript: &Transcript) -> Option<Failure> {
    let how = match (end.cause.as_str(), end.code, end.signal) {
        ("timeout", ..) => return Some(timed_out(task)),
        ("lost" | "stopped", ..) => {
            return Some(Failure::unavailable(
                "the sandbox ended while the agent worked; what it had changed is kept, and the \
                 prompt is not sent again",
            ));
        }
        ("cancelled", ..) => "was ended".to_owned(),
        (_, Some(0), None) => match transcript.failure() {
            None => return None,
            Some(_) => "says that it failed".to_owned(),
        },
        (_, Some(SHELL_KILLED), _) | (_, _, Some(SIGKILL)) => {
            "was killed, maybe for lack of memory: give the sandbox more".to_owned()
        }
        // Agents are begun by a shell; what a command of the user's means by it is its own affair.
        (_, Some(SHELL_NOT_FOUND), _) if task.agent != Agent::Command => {
            "isn't in this sandbox's image; build an image with it, or ask another agent".to_owned()
        }
        (_, Some(code), _) => format!("ended with exit code {code}"),
        (_, None, Some(signal)) => format!("was ended by signal {signal}"),
        (_, None, None) => "ended, and nobody knows how".to_owned(),
    };
    let words = transcript.failure().unwrap_or_else(|| transcript.last_words());
    let agent = task.agent;
    let message = match words {
        "" => format!("{agent} {how}"),
        words => format!("{agent} {how}: {words}"),
    };
    Some(Failure::agent(message.chars().take(WORDS_MAX).collect::<String>()))
}

/// The agent took longer than it may.
pub(super) fn timed_out(task: &Task) -> Failure {
    let timeout = Duration::from_millis(u64::try_from(task.timeout_ms).unwrap_or(0));
    let message = format!(
        "{} was not done in {} and was ended; what it had changed is kept",
        task.agent,
        humantime::format_duration(timeout)
    );
    Failure { reason: FailureReason::AgentTimeout, message }
}

/// The error that a task's operation is to fail with, if the task is to fail.
#[must_use]
pub fn failure_of(task: &Task) -> Option<JobError> {
    let reason = task.failure_reason?;
    Some(public(task, reason, task.error_message.as_deref().unwrap_or_default()))
}

/// What the operation of a task that fails says. Agents print what they like, secrets too: their
/// words stay with the task, and go into no operation, event or log.
pub(super) fn public(task: &Task, reason: FailureReason, message: &str) -> JobError {
    let message = match reason {
        FailureReason::AgentError => "the agent failed; the task says more".to_owned(),
        _ => transcript::end(message, WORDS_MAX),
    };
    let body = ErrorBody::new(ErrorCode::SandboxUnavailable, message)
        .with_details(json!({ "failure_reason": reason, "task_id": task.id }));
    JobError::Fail { public: body, cause: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::transcript::tests::task;

    fn said(agent: Agent, code: i64) -> String {
        let task = Task { agent, ..task() };
        let end = AgentEnd { code: Some(code), signal: None, cause: "exited".to_owned() };
        judge(&task, &end, &Transcript::resume(&task).unwrap()).unwrap().message
    }

    #[test]
    fn a_missing_agent_is_told_from_a_command_that_failed() {
        assert!(said(Agent::Opencode, 127).contains("isn't in this sandbox's image"));
        assert!(said(Agent::Command, 127).contains("exit code 127"));
        assert!(said(Agent::Opencode, 1).contains("exit code 1"));
    }
}
