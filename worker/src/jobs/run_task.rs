//! `task.run`: a prompt handed to an agent once, whatever dies, and followed to its end.

use sandboxd_shared::domain::ErrorCode;
use sandboxd_shared::jobs::Found;

use super::{Done, Tools};
use crate::runner::{JobContext, JobError};

pub(super) const STEPS: u32 = 8;

pub(super) async fn run(_tools: &Tools, _cx: &JobContext) -> Result<Done, JobError> {
    Err(JobError::fail(ErrorCode::Internal, "tasks can't be run yet"))
}

pub(super) async fn undo(_tools: &Tools, _cx: &JobContext) -> Result<Found, JobError> {
    Ok(Found::AsRecorded)
}
