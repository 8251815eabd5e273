//! A sandbox, with its preview's URLs.

use std::collections::BTreeMap;
use std::time::Duration;

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{
    IdlePolicy, Limits, Ports, PreviewStatus, Sandbox, SandboxStatus, Template, Visibility,
};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId, SnapshotId, TaskId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::server::Installation;

/// A sandbox, as the API shows it. Made from its row alone: nothing is dialled.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sandbox, examples(json!({
    "id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
    "status": "running", "status_reason": null, "template": "react-standard", "ports": [3000],
    "visibility": "public", "idle_policy": "sleep", "idle_after": "35m",
    "limits": {"memory_bytes": 2147483648_i64, "cpus": 2.0, "pids": 1024, "disk_bytes": 10737418240_i64},
    "preview": {
        "url": "http://s-01jd4x8qk3m5n7p9r1s3t5v7w9-3000.preview.localhost:18080/",
        "urls": {"3000": "http://s-01jd4x8qk3m5n7p9r1s3t5v7w9-3000.preview.localhost:18080/"},
        "status": "ready", "last_http_status": 200, "last_checked_at": "2026-01-31T12:00:09.000Z"
    },
    "active_operation_id": null, "active_task_id": null, "generation": 1, "base_snapshot_id": null,
    "created_at": "2026-01-31T12:00:00.000Z", "updated_at": "2026-01-31T12:00:04.000Z",
    "last_active_at": "2026-01-31T12:00:04.000Z"
})))]
pub(crate) struct SandboxView {
    id: SandboxId,
    app_id: AppId,
    /// What it is doing.
    status: SandboxStatus,
    /// Why, where that isn't plain: `idle`, `memory_pressure`, `disk_limit`, `crashed`, `oom`,
    /// `restored` (a backup), or words for people.
    #[schema(required)]
    status_reason: Option<String>,
    /// What its workspace was seeded with; null if from a snapshot that doesn't know.
    #[schema(required)]
    template: Option<Template>,
    ports: Ports,
    visibility: Visibility,
    idle_policy: IdlePolicy,
    /// A duration such as "35m"; "0s" for never.
    idle_after: String,
    limits: Limits,
    preview: PreviewView,
    /// The lifecycle operation that holds it.
    #[schema(required)]
    active_operation_id: Option<OperationId>,
    /// The task that runs in it.
    #[schema(required)]
    active_task_id: Option<TaskId>,
    /// The number of its current workspace; grows with every seal and restore.
    generation: i64,
    /// The snapshot that its workspace was last captured to or made from.
    #[schema(required)]
    base_snapshot_id: Option<SnapshotId>,
    created_at: Timestamp,
    updated_at: Timestamp,
    last_active_at: Timestamp,
}

/// Where a sandbox is seen, and whether it answers there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Preview)]
struct PreviewView {
    /// Of the main port.
    url: String,
    /// Of each port.
    #[schema(value_type = BTreeMap<String, String>)]
    urls: BTreeMap<u16, String>,
    status: PreviewStatus,
    /// What it answered when it was last probed.
    #[schema(required)]
    last_http_status: Option<i64>,
    #[schema(required)]
    last_checked_at: Option<Timestamp>,
}

/// Shows a sandbox.
pub(crate) fn sandbox(installation: &Installation, row: &Sandbox) -> SandboxView {
    let url = |port: u16| installation.previews.url(row.id, port);
    let idle_after = row
        .idle_after_ms
        .map_or(installation.idle_after, |ms| Duration::from_millis(ms.unsigned_abs()));
    SandboxView {
        id: row.id,
        app_id: row.app_id,
        status: row.status,
        status_reason: row.status_reason.clone(),
        template: row.template,
        ports: row.ports.clone(),
        visibility: row.visibility,
        idle_policy: row.idle_policy,
        idle_after: duration_text(idle_after),
        limits: row.limits,
        preview: PreviewView {
            url: url(row.ports.main()),
            urls: row.ports.as_slice().iter().map(|port| (*port, url(*port))).collect(),
            status: row.preview_status,
            last_http_status: row.preview_http_status,
            last_checked_at: row.preview_checked_at,
        },
        active_operation_id: row.active_operation_id,
        active_task_id: row.active_task_id,
        generation: row.generation,
        base_snapshot_id: row.base_snapshot_id,
        created_at: row.created_at,
        updated_at: row.updated_at,
        last_active_at: row.last_active_at,
    }
}

/// A duration as it is written in requests.
fn duration_text(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}
