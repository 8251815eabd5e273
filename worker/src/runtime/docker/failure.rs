//! bollard's errors in our words.

use std::time::Duration;

use bollard::errors::Error;

use crate::runtime::RuntimeError;

/// Engines quote what containers and runtimes say; keep the start of it.
const MAX_MESSAGE: usize = 500;

pub(super) fn translate(operation: &str, error: Error, limit: Duration) -> RuntimeError {
    let operation = operation.to_owned();
    match error {
        Error::DockerResponseServerError { status_code, message } => {
            from_status(operation, status_code, &message)
        }
        Error::DockerStreamError { error } => from_status(operation, 500, &error),
        Error::RequestTimeoutError => RuntimeError::Timeout { operation, after: limit },
        error @ (Error::SocketNotFoundError(_)
        | Error::IOError { .. }
        | Error::HyperResponseError { .. }
        | Error::HyperLegacyError { .. }) => RuntimeError::unavailable(operation, error),
        other => RuntimeError::Unreadable { operation, source: other.into() },
    }
}

fn from_status(operation: String, status: u16, message: &str) -> RuntimeError {
    let message = clean(message);
    match status {
        404 => RuntimeError::NotFound { operation, message },
        409 => RuntimeError::Conflict { operation, message },
        _ => RuntimeError::Engine { operation, status, message },
    }
}

/// One bounded line without control characters.
fn clean(message: &str) -> String {
    message.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_bounded_line() {
        let dirty = format!("first\nsecond\u{1b}[31m{}\n", "x".repeat(10_000));
        let error = translate(
            "start s-1",
            Error::DockerResponseServerError { status_code: 500, message: dirty },
            Duration::from_secs(1),
        );
        let text = error.to_string();
        assert!(text.starts_with("start s-1: the container engine answered 500: first second"));
        assert!(text.len() < 600 && !text.contains(char::is_control), "{text:?}");
        assert!(error.is_retryable());
    }

    #[test]
    fn a_refusal_is_not_retried() {
        let error = translate(
            "create",
            Error::DockerResponseServerError { status_code: 400, message: "bad".into() },
            Duration::from_secs(1),
        );
        assert!(!error.is_retryable());
    }
}
