//! Which files a task has changed: what differs between its two checkpoints.

use sandboxd_shared::domain::{Snapshot, SnapshotStatus};
use sandboxd_shared::ids::{SnapshotId, TaskId};
use sandboxd_shared::store::{Connection, StoreError, snapshots, tasks};

use super::Tasks;
use crate::runner::{JobContext, JobError};
use crate::workspace::DiffOptions;

/// The most files that are named.
const FILES_MAX: usize = 1_000;

impl Tasks {
    /// Notes the files that differ between the task's checkpoints. Where that can't be found out
    /// nothing is noted: it is no part of what the task was asked for.
    ///
    /// # Errors
    /// Of the database.
    pub async fn list_changes(&self, cx: &JobContext, id: TaskId) -> Result<(), JobError> {
        let task = self.task(cx, id).await?;
        let mut conn = cx.store().read().await?;
        let before = ready(&mut conn, task.checkpoint_before).await?;
        let after = ready(&mut conn, task.checkpoint_after).await?;
        drop(conn);
        let Some((before, after)) = before.zip(after) else { return Ok(()) };
        let options = DiffOptions { files_max: FILES_MAX, ..DiffOptions::default() };
        let (before, after) = (before.layer_id, after.layer_id);
        let storage = &self.containers.storage;
        let found = storage.diff(before.as_deref(), after.as_deref(), &options).await;
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(task.id = %id, error = &error as &dyn std::error::Error,
                    "what a task has changed could not be listed");
                return Ok(());
            }
        };
        let paths: Vec<String> =
            found.changes.iter().map(|change| change.path.to_string_lossy().into_owned()).collect();
        let mut tx = cx.fenced_write().await?;
        tasks::set_files_changed(&mut tx, id, &paths).await?;
        tx.commit_quietly().await?;
        Ok(())
    }
}

async fn ready(
    conn: &mut Connection,
    id: Option<SnapshotId>,
) -> Result<Option<Snapshot>, StoreError> {
    let Some(id) = id else { return Ok(None) };
    let row = snapshots::get(conn, id).await?;
    Ok(row.filter(|row| row.status == SnapshotStatus::Ready))
}
