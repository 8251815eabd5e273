//! Why a command didn't do what it was to do, what to do about it, and the exit code that says so.

use std::io;

use serde_json::Value;
use thiserror::Error;

/// Exit codes; docs/cli.md lists them.
pub mod exit {
    /// The operation, the task or the request failed.
    pub const FAILED: u8 = 1;
    /// The command line, a file of settings or a value is wrong.
    pub const USAGE: u8 = 2;
    /// No API answers.
    pub const UNREACHABLE: u8 = 3;
    /// There is no valid token.
    pub const UNAUTHORIZED: u8 = 4;
    /// There is no such thing.
    pub const NOT_FOUND: u8 = 5;
    /// The state forbids it, or something else is in the way.
    pub const CONFLICT: u8 = 6;
    /// There is no room, or too much was asked for: later it may work.
    pub const LATER: u8 = 7;
    /// `exec`: it isn't known how the program ended, as with `docker exec`.
    pub const EXEC: u8 = 125;
    /// Interrupted by the user: 128 + SIGINT.
    pub const INTERRUPTED: u8 = 130;
}

/// The API's own answer to a request that it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status; 0 for the error of an operation.
    pub status: u16,
    /// The stable code.
    pub code: String,
    /// For a person.
    pub message: String,
    /// Names the request in the server's log; empty for the error of an operation.
    pub request_id: String,
    /// Whether to try again.
    pub retryable: bool,
    /// Ids and states.
    pub details: Value,
}

impl Refusal {
    /// What a body says, or what its status does if the body is not the API's.
    #[must_use]
    pub fn read(status: u16, request_id: &str, body: &[u8]) -> Self {
        let parsed: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = &parsed["error"];
        if error["code"].is_string() {
            return Self { status, ..Self::of_error(error, request_id) };
        }
        Self {
            status,
            code: format!("http_{status}"),
            message: format!("the answer is HTTP {status}, and not from sandboxd"),
            request_id: request_id.to_owned(),
            retryable: matches!(status, 502..=504),
            details: Value::Null,
        }
    }

    /// An error as operations have it.
    #[must_use]
    pub fn of_error(error: &Value, request_id: &str) -> Self {
        let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
        Self {
            status: 0,
            code: text("code"),
            message: text("message"),
            request_id: error["request_id"].as_str().unwrap_or(request_id).to_owned(),
            retryable: error["retryable"].as_bool().unwrap_or(false),
            details: error["details"].clone(),
        }
    }

    fn exit_code(&self) -> u8 {
        match self.code.as_str() {
            "invalid_request" | "method_not_allowed" => exit::USAGE,
            "unauthorized" => exit::UNAUTHORIZED,
            "not_found" => exit::NOT_FOUND,
            "conflict" | "operation_in_progress" | "task_in_progress" => exit::CONFLICT,
            "rate_limited" | "quota_exceeded" | "capacity" | "sandbox_unavailable" => exit::LATER,
            _ => exit::FAILED,
        }
    }

    fn hint(&self) -> Option<String> {
        let detail = |key: &str| self.details[key].as_str().map(str::to_owned);
        Some(match self.code.as_str() {
            "unauthorized" => "give a token: SANDBOXCTL_TOKEN, --token-file, or \
                 `sandboxctl contexts set NAME --token-stdin`"
                .to_owned(),
            "operation_in_progress" => {
                let id = detail("operation_id")?;
                format!("wait for it: sandboxctl operations wait {id}")
            }
            "task_in_progress" => {
                let id = detail("task_id")?;
                format!("follow it: sandboxctl tasks follow {id}; or cancel it: --force")
            }
            "capacity" => "`sandboxctl doctor` says who works and what waits".to_owned(),
            "internal" => "the server's log has it by the request's id".to_owned(),
            _ => return None,
        })
    }
}

/// Why a command failed.
#[derive(Debug, Error)]
pub enum Failure {
    /// The command can't be carried out as it was given.
    #[error("{0}")]
    Usage(String),
    /// What was named doesn't exist.
    #[error("{0}")]
    Missing(String),
    /// Nobody answers.
    #[error("{url} can't be reached: {reason}")]
    Unreachable {
        /// Where the API should be.
        url: String,
        /// What stands in the way.
        reason: String,
    },
    /// The API refused.
    #[error("{} ({}{})", .0.message, .0.code, request(&.0.request_id))]
    Refused(Box<Refusal>),
    /// An operation ended otherwise than well.
    #[error("{kind} {status}{}", because(.error.as_deref()))]
    Ended {
        /// The operation.
        id: String,
        /// What it was to do.
        kind: String,
        /// How it ended.
        status: String,
        /// Why.
        error: Option<Box<Refusal>>,
    },
    /// The user has had enough; what goes on says how to come back.
    #[error("interrupted; {0}")]
    Interrupted(String),
    /// A program ended, and this is its exit code.
    #[error("the program ended with {0}")]
    Exit(u8),
    /// Something isn't as it should be, and all was said.
    #[error("{0}")]
    Failed(String),
    /// A file or a stream of this side.
    #[error("{what}: {source}")]
    Io {
        /// What was done on what.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
}

fn request(id: &str) -> String {
    if id.is_empty() { String::new() } else { format!(", request {id}") }
}

fn because(error: Option<&Refusal>) -> String {
    error.map(|error| format!(": {} ({})", error.message, error.code)).unwrap_or_default()
}

impl Failure {
    /// For `map_err`: says on what an I/O error happened.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Io { what: what.into(), source }
    }

    /// The exit code of the process.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => exit::USAGE,
            Self::Missing(_) => exit::NOT_FOUND,
            Self::Unreachable { .. } => exit::UNREACHABLE,
            Self::Refused(refusal) => refusal.exit_code(),
            Self::Ended { .. } | Self::Failed(_) | Self::Io { .. } => exit::FAILED,
            Self::Interrupted(_) => exit::INTERRUPTED,
            Self::Exit(code) => *code,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreachable { .. } => Some(
                "is it running, and is this its address? It is set by --url, SANDBOXCTL_URL or \
                 `sandboxctl contexts set`"
                    .to_owned(),
            ),
            Self::Refused(refusal) => refusal.hint(),
            Self::Ended { id, .. } => {
                Some(format!("see its steps: sandboxctl operations get {id}"))
            }
            _ => None,
        }
    }

    /// Whether the API itself said that there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == "not_found")
    }

    /// Whether it may be gone in a moment without anybody's doing.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused(refusal) => refusal.retryable && refusal.status >= 500,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, details: &str) -> Failure {
        let body = format!(
            r#"{{"error":{{"code":"{code}","message":"no","retryable":false,
                "request_id":"R1","details":{details}}}}}"#
        );
        Failure::Refused(Box::new(Refusal::read(400, "R1", body.as_bytes())))
    }

    #[test]
    fn each_code_of_the_api_has_an_exit_code() {
        for (code, wanted) in [
            ("invalid_request", 2),
            ("unauthorized", 4),
            ("not_found", 5),
            ("method_not_allowed", 2),
            ("conflict", 6),
            ("operation_in_progress", 6),
            ("task_in_progress", 6),
            ("idempotency_mismatch", 1),
            ("rate_limited", 7),
            ("quota_exceeded", 7),
            ("sandbox_unavailable", 7),
            ("capacity", 7),
            ("internal", 1),
        ] {
            assert_eq!(refusal(code, "{}").exit_code(), wanted, "{code}");
        }
    }

    #[test]
    fn an_error_has_its_code_its_request_and_what_to_do() {
        let failure = refusal("operation_in_progress", r#"{"operation_id":"01ABC"}"#);
        assert_eq!(failure.to_string(), "no (operation_in_progress, request R1)");
        assert!(failure.hint().unwrap().contains("operations wait 01ABC"));
    }

    #[test]
    fn an_answer_that_is_not_the_apis_is_told_by_its_status() {
        let found = Refusal::read(502, "", b"<html>bad gateway</html>");
        assert_eq!((found.code.as_str(), found.retryable), ("http_502", true));
        assert!(!Refusal::read(404, "", b"").retryable);
    }
}
