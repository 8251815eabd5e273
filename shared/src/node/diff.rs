//! What one snapshot has compared with another, as the node service tells it and the API shows it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::EntryKind;
use crate::ids::SnapshotId;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileStatus {
    /// It was not there before.
    Added,
    /// Its contents, its permissions, or whether it is a file or a link.
    Changed,
    /// It is there no more.
    Removed,
}

/// A file that isn't the same in two snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileDiff {
    /// From the app folder.
    pub path: String,
    /// What became of it.
    pub status: FileStatus,
    /// What it is, or was if it was removed.
    #[serde(rename = "type")]
    pub kind: EntryKind,
    /// Bytes; of a link's target. Not given for what was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub size: Option<u64>,
    /// The same in the snapshot compared with. Not given for what was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub size_before: Option<u64>,
    /// Permissions in octal, if they were changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub mode: Option<String>,
    /// The same in the snapshot compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub mode_before: Option<String>,
    /// The name isn't UTF-8: `path` shows it and doesn't lead to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub lossy: bool,
}

/// What a snapshot has compared with another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({
    "snapshot_id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "against": "01JD4X8QK3M5N7P9R1S3T5V7W8",
    "added": 0, "changed": 1, "removed": 0, "truncated": false,
    "files": [{ "path": "src/App.tsx", "status": "changed", "type": "file", "size": 512,
                "size_before": 480 }]
})))]
pub struct SnapshotDiff {
    /// The snapshot.
    pub snapshot_id: SnapshotId,
    /// The one that it was compared with.
    pub against: SnapshotId,
    /// Files listed as added.
    pub added: u64,
    /// Files listed as changed.
    pub changed: u64,
    /// Files listed as removed.
    pub removed: u64,
    /// There may be more: the list is full, or it took too long.
    pub truncated: bool,
    /// At most 10,000, sorted by path. Folders aren't listed, only what is in them.
    pub files: Vec<FileDiff>,
}
