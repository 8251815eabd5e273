//! Snapshots: captured workspaces.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Limits, Ports, Template, Visibility, text_enum};
use crate::clock::Timestamp;
use crate::ids::{AppId, SandboxId, SnapshotId, TaskId};

text_enum! {
    /// Whether a snapshot can be used.
    SnapshotStatus {
        Capturing = "capturing",
        Ready = "ready",
        Failed = "failed",
        Deleting = "deleting",
    }
}

text_enum! {
    /// Why a snapshot was taken.
    SnapshotKind {
        /// A person asked for it.
        Manual = "manual",
        /// A restore kept what it replaced.
        Safety = "safety",
        /// Around a task.
        Checkpoint = "checkpoint",
    }
}

/// A snapshot, as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(examples(json!({
    "id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "name": "before the redesign", "status": "ready",
    "kind": "manual", "source_sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
    "source_app_id": "01JD4X8QK3M5N7P9R1S3T5V7W7", "parent_snapshot_id": null,
    "base_image": "sandboxd-base:0.1.0", "size_bytes": 41_213_952, "unique_bytes": 8192,
    "task_id": null, "created_at": "2026-01-31T12:00:00.000Z"
})))]
pub struct Snapshot {
    /// Its id.
    pub id: SnapshotId,
    /// The tenant that owns it.
    #[serde(skip)]
    pub owner: String,
    /// Its name.
    pub name: String,
    /// Whether it can be used.
    pub status: SnapshotStatus,
    /// Why it was taken.
    pub kind: SnapshotKind,
    /// The sandbox it was taken from, which may be gone by now.
    pub source_sandbox_id: SandboxId,
    /// The app it was taken from, which may be gone by now.
    pub source_app_id: AppId,
    /// The snapshot that the captured workspace stood on.
    #[schema(required)]
    pub parent_snapshot_id: Option<SnapshotId>,
    /// The image of the sandbox it was taken from.
    pub base_image: String,
    /// Bytes of the layers it consists of; null until they are measured.
    #[schema(required)]
    pub size_bytes: Option<i64>,
    /// Bytes that only it holds; null until they are measured.
    #[schema(required)]
    pub unique_bytes: Option<i64>,
    /// The task that it was taken around.
    #[schema(required)]
    pub task_id: Option<TaskId>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// The engine and data directory that hold its layers.
    #[serde(skip)]
    pub node: String,
    /// The newest layer of its chain.
    #[serde(skip)]
    pub layer_id: Option<String>,
    /// What its source was seeded with.
    #[serde(skip)]
    pub template: Option<Template>,
    /// Its source's ports.
    #[serde(skip)]
    pub ports: Ports,
    /// Its source's visibility.
    #[serde(skip)]
    pub visibility: Visibility,
    /// Its source's limits.
    #[serde(skip)]
    pub limits: Limits,
}
