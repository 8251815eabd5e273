//! Which files a task has changed: what differs between its two checkpoints.

use sandboxd_shared::ids::TaskId;

use super::Tasks;
use crate::runner::{JobContext, JobError};

impl Tasks {
    /// Notes the files that differ between the task's checkpoints.
    ///
    /// # Errors
    /// Of the database.
    pub async fn list_changes(&self, _cx: &JobContext, _id: TaskId) -> Result<(), JobError> {
        Ok(())
    }
}
