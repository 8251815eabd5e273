//! What a caller wants done, within bounds.

use std::time::Duration;

use crate::exec::Program;
use crate::protocol::Refusal;

use super::TaskId;

/// Bytes of output that are kept from a task's start, if the caller doesn't say.
const DEFAULT_OUTPUT: u64 = 8 * 1024 * 1024;
const MIN_OUTPUT: u64 = 64 * 1024;
/// The most that can be asked for.
pub(super) const MAX_OUTPUT: u64 = 64 * 1024 * 1024;

/// A task that isn't there yet.
#[derive(Debug)]
pub(crate) struct Order {
    pub(super) id: TaskId,
    pub(super) program: Program,
    /// A task that nobody waits for has to end by itself.
    pub(super) timeout: Duration,
    pub(super) output_limit: u64,
}

impl Order {
    pub(crate) fn new(
        id: TaskId,
        program: Program,
        output_limit: Option<u64>,
    ) -> Result<Self, Refusal> {
        let Some(timeout) = program.timeout else {
            return Err(Refusal::new("invalid_request", "a task has a timeout_ms"));
        };
        let output_limit = output_limit.unwrap_or(DEFAULT_OUTPUT);
        if !(MIN_OUTPUT..=MAX_OUTPUT).contains(&output_limit) {
            let text = format!("output_limit is {MIN_OUTPUT} to {MAX_OUTPUT}");
            return Err(Refusal::new("invalid_request", text));
        }
        Ok(Self { id, program, timeout, output_limit })
    }
}
