//! Waiting for an operation's end.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Answer, Client, Failure, Refusal, Route};

/// How long the API may be away before waiting is given up: it may be starting anew.
const PATIENCE: Duration = Duration::from_secs(60);

impl Client {
    /// The operation when it has ended, however it did. What it is doing is told at least every `tick`,
    /// which is at most 60 s.
    ///
    /// # Errors
    /// If it can't be read.
    pub async fn ended(
        &self,
        id: &str,
        tick: Duration,
        mut tell: impl FnMut(&Value),
    ) -> Result<Answer, Failure> {
        let wait = format!("{}ms", tick.as_millis());
        let route = Route::v1(["operations", id]).with("wait", Some(wait));
        let mut heard = Instant::now();
        loop {
            match self.get(&route).await {
                Ok(answer) => {
                    heard = Instant::now();
                    let operation = answer.json();
                    tell(&operation);
                    if is_final(&operation) {
                        return Ok(answer);
                    }
                }
                Err(failure) if failure.is_passing() && heard.elapsed() < PATIENCE => {}
                Err(failure) => return Err(failure),
            }
        }
    }
}

fn is_final(operation: &Value) -> bool {
    !matches!(operation["status"].as_str(), Some("queued" | "running"))
}

/// How an operation ended, if that isn't well.
pub(crate) fn check(operation: &Value) -> Result<(), Failure> {
    let text = |key: &str| operation[key].as_str().unwrap_or_default().to_owned();
    if operation["status"] == "succeeded" {
        return Ok(());
    }
    let error = &operation["error"];
    let error = error.is_object().then(|| Box::new(Refusal::of_error(error, "")));
    Err(Failure::Ended { id: text("id"), kind: text("kind"), status: text("status"), error })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_operation_that_failed_says_why() {
        let failed = json!({
            "id": "01A", "kind": "sandbox.start", "status": "failed",
            "error": { "code": "capacity", "message": "no memory", "retryable": true },
        });
        assert!(is_final(&failed) && !is_final(&json!({ "status": "running" })));
        let failure = check(&failed).unwrap_err();
        assert_eq!(failure.to_string(), "sandbox.start failed: no memory (capacity)");
        assert_eq!(failure.exit_code(), 1);
        let cancelled = json!({ "kind": "app.fork", "status": "cancelled", "error": null });
        assert_eq!(check(&cancelled).unwrap_err().to_string(), "app.fork cancelled");
        assert!(check(&json!({ "status": "succeeded" })).is_ok());
    }
}
