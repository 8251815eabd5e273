//! Workspaces of stopped sandboxes, opened for their files. The caller has the sandbox's lock.

use sandboxd_shared::domain::{ErrorBody, ErrorCode, GenerationRow, Sandbox, SandboxStatus};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::{Connection, StoreError, generations, sandboxes};
use serde_json::json;

use super::storage::{Storage, generation, missing};
use crate::runner::JobError;
use crate::workspace::{self, Access, View};

/// A workspace that is open, and what it was opened as.
#[derive(Debug)]
pub struct Opened {
    /// Its tree.
    pub view: View,
    /// Its row as it was then.
    pub row: GenerationRow,
}

impl Storage {
    /// Opens the workspace of a stopped sandbox. One that is to be changed is noted as changed
    /// first, so that the next operation seals it, whatever happens to us.
    ///
    /// # Errors
    /// A conflict if the sandbox isn't stopped, or an operation has it; of the database or the
    /// file system.
    pub async fn open_stopped(&self, id: SandboxId, change: bool) -> Result<Opened, JobError> {
        let mut row = self.idle_row(id).await?;
        self.make_missing(&row).await?;
        if change {
            row = self.note_change(id).await?;
        }
        let chain = self.chain_of(&row).await?;
        let access = match (change, row.mounted) {
            (true, _) => Access::Change,
            (false, true) => Access::Read,
            (false, false) => Access::ReadUnchanged,
        };
        let opened = self.driver.open(&generation(id, row.number)?, &chain, access).await;
        match opened {
            Ok(view) => Ok(Opened { view, row }),
            Err(error) => Err(unready(error)),
        }
    }

    /// Makes the directories of a workspace that has none although it holds nothing of its own, as
    /// after its installation was brought back from a backup. Says whether it did. The caller has
    /// the sandbox's lock.
    ///
    /// # Errors
    /// Of the database or the file system.
    pub async fn make_missing(&self, row: &GenerationRow) -> Result<bool, JobError> {
        let workspace = generation(row.sandbox_id, row.number)?;
        if row.mounted
            || !matches!(
                self.driver.is_empty(&workspace).await,
                Err(workspace::Error::GenerationMissing(_))
            )
        {
            return Ok(false);
        }
        self.driver.create(&workspace, &self.chain_of(row).await?).await?;
        Ok(true)
    }

    /// Whether what was opened is still the sandbox's workspace, on the layers it was opened with:
    /// then all of it has been there the whole time.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn is_still(&self, row: &GenerationRow) -> Result<bool, StoreError> {
        let mut conn = self.store.read().await?;
        let now = generations::active(&mut conn, row.sandbox_id).await?;
        Ok(now
            .is_some_and(|now| now.number == row.number && now.base_layer_id == row.base_layer_id))
    }

    async fn idle_row(&self, id: SandboxId) -> Result<GenerationRow, JobError> {
        let mut conn = self.store.read().await?;
        require_idle(&mut conn, id).await?;
        generations::active(&mut conn, id).await?.ok_or_else(|| missing(id))
    }

    async fn note_change(&self, id: SandboxId) -> Result<GenerationRow, JobError> {
        let mut tx = self.store.write().await?;
        require_idle(&mut tx, id).await?;
        let row = generations::active(&mut tx, id).await?.ok_or_else(|| missing(id))?;
        generations::set_mounted(&mut tx, id, row.number).await?;
        tx.commit_quietly().await?;
        Ok(row)
    }
}

async fn require_idle(conn: &mut Connection, id: SandboxId) -> Result<(), JobError> {
    let Some(row) = sandboxes::get(conn, id).await? else {
        return Err(JobError::Fail { public: ErrorBody::not_found("sandbox"), cause: None });
    };
    let public = match row.active_operation_id {
        Some(operation) => ErrorBody::in_progress(operation),
        None if row.status == SandboxStatus::Stopped => return Ok(()),
        None => wrong_status(&row),
    };
    Err(JobError::Fail { public, cause: None })
}

fn wrong_status(row: &Sandbox) -> ErrorBody {
    let message = format!("the sandbox is {}; try again", row.status);
    ErrorBody::new(ErrorCode::Conflict, message)
        .with_details(json!({ "status": row.status, "sandbox_id": row.id }))
}

/// What the sandbox's next operation puts right.
fn unready(error: workspace::Error) -> JobError {
    let put_right = matches!(
        error,
        workspace::Error::GenerationMissing(_)
            | workspace::Error::TooDeep { .. }
            | workspace::Error::StillMounted { .. }
            | workspace::Error::Unproven { .. }
    );
    if !put_right {
        return error.into();
    }
    let message = "the sandbox's workspace was left in the middle of an operation; start it, or \
                   capture it, and it is put right";
    let public = ErrorBody::new(ErrorCode::Conflict, message);
    JobError::Fail { public, cause: Some(Box::new(error)) }
}
