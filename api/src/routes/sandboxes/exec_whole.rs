//! What a program said, answered when it has ended.

use std::time::{Duration, Instant};

use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::ids::SandboxId;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::node::{Ended, Output, Program};
use crate::server::Api;
use crate::web::{Answer, ApiError};

/// The most that is answered of each stream, in bytes; the rest is read and thrown away.
const OUTPUT_MAX: usize = 1 << 20;
/// The same of what is kept for an idempotency key.
const KEPT_MAX: usize = 32 * 1024;
/// How long after its time a program may take to be ended, and its output to be drained.
const END_GRACE: Duration = Duration::from_secs(15);

/// What a program said.
#[derive(Debug, Default)]
pub(super) struct Said {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    truncated: bool,
    ended: Option<Ended>,
    duration_ms: u64,
}

/// What a program said and how it ended, as clients see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "exit_code": 0, "signal": null, "timed_out": false, "stdout": "ok\n", "stderr": "",
    "truncated": false, "duration_ms": 12
})))]
pub(crate) struct ExecResult {
    /// If it ended by itself.
    #[schema(required)]
    exit_code: Option<i32>,
    /// The number of the signal that ended it.
    #[schema(required)]
    signal: Option<i32>,
    /// It ran out of time and was ended.
    timed_out: bool,
    /// What isn't UTF-8 is replaced.
    stdout: String,
    stderr: String,
    /// It said more than is here.
    truncated: bool,
    duration_ms: u64,
}

/// Waits for the program's end.
pub(super) async fn collect(
    api: &Api,
    id: SandboxId,
    program: Program,
    limit: Duration,
) -> Result<Said, ApiError> {
    let Program { mut output, .. } = program;
    let (begun, mut said) = (Instant::now(), Said::default());
    let collecting = async {
        loop {
            match output.next().await? {
                Output::Out(bytes) => add(&mut said.stdout, &mut said.truncated, &bytes),
                Output::Err(bytes) => add(&mut said.stderr, &mut said.truncated, &bytes),
                Output::End(ended) => {
                    said.ended = Some(ended);
                    return Ok::<(), ApiError>(());
                }
            }
            api.uses.note(id);
        }
    };
    match timeout(limit + END_GRACE, collecting).await {
        Ok(collected) => collected?,
        Err(_) => {
            let message = "the sandbox did not tell of the program's end";
            return Err(ErrorBody::new(ErrorCode::SandboxUnavailable, message).into());
        }
    }
    said.duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(said)
}

fn add(to: &mut Vec<u8>, truncated: &mut bool, bytes: &[u8]) {
    let room = OUTPUT_MAX - to.len();
    *truncated |= bytes.len() > room;
    to.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

impl Said {
    pub(super) fn answer(&self) -> Answer {
        self.shown(OUTPUT_MAX)
    }

    /// The answer with less of what was said: it tells a client that asks again that all is done.
    pub(super) fn to_keep(&self) -> Answer {
        self.shown(KEPT_MAX)
    }

    fn shown(&self, most: usize) -> Answer {
        let cut =
            |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(most)]).into_owned();
        let shortened = self.stdout.len() > most || self.stderr.len() > most;
        Answer::ok(&ExecResult {
            exit_code: self.ended.and_then(|ended| ended.code),
            signal: self.ended.and_then(|ended| ended.signal),
            timed_out: self.ended.is_some_and(|ended| ended.timed_out),
            stdout: cut(&self.stdout),
            stderr: cut(&self.stderr),
            truncated: self.truncated || shortened,
            duration_ms: self.duration_ms,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_left_out_and_told() {
        let (mut kept, mut truncated) = (Vec::new(), false);
        add(&mut kept, &mut truncated, &vec![b'a'; OUTPUT_MAX]);
        assert!(!truncated);
        add(&mut kept, &mut truncated, b"b");
        assert!(truncated);
        assert_eq!(kept.len(), OUTPUT_MAX);
    }
}
