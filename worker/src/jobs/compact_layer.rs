//! `layer.compact`: a merged copy of a long chain.

use sandboxd_shared::jobs::compact_layer::Input;
use sandboxd_shared::jobs::{Found, input};

use super::{Done, Tools};
use crate::runner::{JobContext, JobError};

pub(super) const STEPS: u32 = 1;

pub(super) async fn run(tools: &Tools, cx: &JobContext) -> Result<Done, JobError> {
    let request: Input = input(cx.operation())?;
    let storage = &tools.containers.storage;
    let flat = cx
        .step("merge_layers", "Merging the layers", async {
            tools.capacity.admit_disk()?;
            let mut tx = cx.fenced_write().await?;
            let flat = storage.flat_row(&mut tx, &request.layer_id).await?;
            tx.commit_quietly().await?;
            storage.flatten(&request.layer_id, &flat.id).await?;
            Ok(flat.id)
        })
        .await?;
    Ok(Done::Compacted { layer: request.layer_id, flat })
}

/// Gives up the merged copy.
pub(super) async fn undo(tools: &Tools, cx: &JobContext) -> Result<Found, JobError> {
    let request: Input = input(cx.operation())?;
    tools.containers.storage.drop_flat(cx, &request.layer_id).await?;
    Ok(Found::AsRecorded)
}
