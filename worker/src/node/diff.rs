//! What one snapshot has compared with another.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use sandboxd_shared::domain::{ErrorBody, Snapshot};
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::jobs;
use sandboxd_shared::node::{EntryKind, FileDiff, FileStatus, SnapshotDiff};
use sandboxd_shared::store::snapshots;
use serde::Deserialize;

use super::failure::NodeError;
use super::service::Node;
use crate::runner::JobError;
use crate::workspace::{Change, Diff, DiffOptions, FileKind, FileState, Status};

#[derive(Debug, Deserialize)]
pub(super) struct Which {
    against: SnapshotId,
    #[serde(default)]
    all: bool,
}

pub(super) async fn diff(
    State(node): State<Arc<Node>>,
    Path(id): Path<SnapshotId>,
    Query(which): Query<Which>,
) -> Result<Json<SnapshotDiff>, NodeError> {
    let (after, before) = (node.snapshot(id).await?, node.snapshot(which.against).await?);
    let place = node.slots.comparisons.take(&after.owner).await?;
    let options = DiffOptions { everything: which.all, ..DiffOptions::default() };
    let storage = node.storage.clone();
    // It goes on when the client has gone, and keeps its place until then.
    let comparing = node.tasks.spawn(async move {
        let _place = place;
        let (before, after) = (before.layer_id.as_deref(), after.layer_id.as_deref());
        storage.diff(before, after, &options).await
    });
    let found: Result<Diff, JobError> = comparing.await.map_err(NodeError::failed)?;
    Ok(Json(shown(id, which.against, &found?)))
}

impl Node {
    /// A snapshot that can be used, if it is one of this node's.
    pub(super) async fn snapshot(&self, id: SnapshotId) -> Result<Snapshot, NodeError> {
        let row = snapshots::get(&mut *self.store.read().await?, id).await?;
        let own = row.filter(|row| row.node == self.node);
        let own = own.ok_or_else(|| ErrorBody::not_found("snapshot"))?;
        jobs::usable(&own)?;
        Ok(own)
    }
}

fn shown(snapshot_id: SnapshotId, against: SnapshotId, found: &Diff) -> SnapshotDiff {
    let count = |status| u64::try_from(found.count(status)).unwrap_or(u64::MAX);
    SnapshotDiff {
        snapshot_id,
        against,
        added: count(Status::Added),
        changed: count(Status::Changed),
        removed: count(Status::Removed),
        truncated: found.truncated,
        files: found.changes.iter().map(file).collect(),
    }
}

fn file(change: &Change) -> FileDiff {
    let size = |state: FileState| state.size;
    let modes = change.before.zip(change.after).map(|(before, after)| (before.mode, after.mode));
    let modes = modes.filter(|(before, after)| before != after);
    let octal = |mode: u32| format!("{mode:04o}");
    FileDiff {
        path: change.path.to_string_lossy().into_owned(),
        status: match change.status() {
            Status::Added => FileStatus::Added,
            Status::Changed => FileStatus::Changed,
            Status::Removed => FileStatus::Removed,
        },
        kind: match change.after.or(change.before).map(|state| state.kind) {
            Some(FileKind::File) => EntryKind::File,
            Some(FileKind::Symlink) => EntryKind::Symlink,
            None => EntryKind::Other,
        },
        size: change.after.map(size),
        size_before: change.before.map(size),
        mode: modes.map(|(_, after)| octal(after)),
        mode_before: modes.map(|(before, _)| octal(before)),
        lossy: change.path.to_str().is_none(),
    }
}
