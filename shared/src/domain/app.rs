//! Apps: what a tenant owns and names.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{AppId, OperationId, SandboxId, SnapshotId};

/// Where a forked app comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForkedFrom {
    /// The source app, which may be gone by now.
    pub app_id: AppId,
    /// The snapshot that the fork stands on.
    pub snapshot_id: SnapshotId,
}

/// An app, as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(examples(json!({
    "id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "name": "Shop", "description": "Sells tea.",
    "tags": ["demo"], "current_sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
    "created_at": "2026-01-31T12:00:00.000Z", "updated_at": "2026-01-31T12:00:00.000Z"
})))]
pub struct App {
    /// Its id.
    pub id: AppId,
    /// The tenant that owns it.
    #[serde(skip)]
    pub owner: String,
    /// Its name.
    pub name: String,
    /// A longer text.
    #[schema(required)]
    pub description: Option<String>,
    /// Tags to search by.
    pub tags: Vec<String>,
    /// The id of a user in the caller's own system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub external_user_id: Option<String>,
    /// The id of a project in the caller's own system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub external_project_id: Option<String>,
    /// The app's sandbox, if it has one.
    #[schema(required)]
    pub current_sandbox_id: Option<SandboxId>,
    /// Set on a fork.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub forked_from: Option<ForkedFrom>,
    /// The `app.delete` under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub active_operation_id: Option<OperationId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its own fields last changed.
    pub updated_at: Timestamp,
}
