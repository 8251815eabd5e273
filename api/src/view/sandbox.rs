//! A sandbox, with its preview's URLs.

use std::collections::BTreeMap;
use std::time::Duration;

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{
    IdlePolicy, Limits, Ports, PreviewStatus, Sandbox, SandboxStatus, Template, Visibility,
};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId, SnapshotId, TaskId};
use serde::Serialize;

use crate::server::Installation;

/// A sandbox, as the API shows it. Made from its row alone: nothing is dialled.
#[derive(Debug, Serialize)]
pub(crate) struct SandboxView {
    id: SandboxId,
    app_id: AppId,
    status: SandboxStatus,
    status_reason: Option<String>,
    template: Option<Template>,
    ports: Ports,
    visibility: Visibility,
    idle_policy: IdlePolicy,
    /// A duration such as "35m"; "0s" for never.
    idle_after: String,
    limits: Limits,
    preview: PreviewView,
    active_operation_id: Option<OperationId>,
    active_task_id: Option<TaskId>,
    generation: i64,
    base_snapshot_id: Option<SnapshotId>,
    created_at: Timestamp,
    updated_at: Timestamp,
    last_active_at: Timestamp,
}

#[derive(Debug, Serialize)]
struct PreviewView {
    /// Of the main port.
    url: String,
    /// Of each port.
    urls: BTreeMap<u16, String>,
    status: PreviewStatus,
    last_http_status: Option<i64>,
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
