//! How a task ended.

use serde::{Deserialize, Serialize};

/// Why it isn't running any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cause {
    /// By itself, or by a signal that wasn't ours.
    Exited,
    Cancelled,
    /// It took longer than it may.
    Timeout,
    /// The sandbox was stopped.
    Stopped,
    /// The supervisor that had it was killed.
    Lost,
}

/// The result, as it is written down and as callers see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) cause: Cause,
    /// Bytes in the output file, the note of what was left out included.
    pub(crate) output_bytes: u64,
    /// Bytes that were printed and aren't in the file.
    pub(crate) dropped_bytes: u64,
}

impl Outcome {
    /// Of a task whose supervisor was killed: what it left in the file is all there is.
    pub(super) fn lost(output_bytes: u64) -> Self {
        Self { code: None, signal: None, cause: Cause::Lost, output_bytes, dropped_bytes: 0 }
    }
}
