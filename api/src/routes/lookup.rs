//! What a request is about, looked up for its tenant: another's is as unknown as none.

use sandboxd_shared::domain::{App, Delivery, Operation, Sandbox, Snapshot, Task, Webhook};
use sandboxd_shared::ids::{
    AppId, DeliveryId, OperationId, SandboxId, SnapshotId, TaskId, WebhookId,
};
use sandboxd_shared::store::{
    Connection, apps, operations, sandboxes, snapshots, task_history, tasks, webhooks,
};

use crate::auth::Tenant;
use crate::web::ApiError;

pub(super) async fn app(
    conn: &mut Connection,
    tenant: &Tenant,
    id: AppId,
) -> Result<App, ApiError> {
    apps::find(conn, tenant.as_str(), id).await?.ok_or_else(|| ApiError::not_found("app"))
}

pub(super) async fn sandbox(
    conn: &mut Connection,
    tenant: &Tenant,
    id: SandboxId,
) -> Result<Sandbox, ApiError> {
    let found = sandboxes::find(conn, tenant.as_str(), id).await?;
    found.ok_or_else(|| ApiError::not_found("sandbox"))
}

pub(super) async fn snapshot(
    conn: &mut Connection,
    tenant: &Tenant,
    id: SnapshotId,
) -> Result<Snapshot, ApiError> {
    let found = snapshots::find(conn, tenant.as_str(), id).await?;
    found.ok_or_else(|| ApiError::not_found("snapshot"))
}

pub(super) async fn operation(
    conn: &mut Connection,
    tenant: &Tenant,
    id: OperationId,
) -> Result<Operation, ApiError> {
    let found = operations::find(conn, tenant.as_str(), id).await?;
    found.ok_or_else(|| ApiError::not_found("operation"))
}

/// A task in a sandbox, which may be gone.
pub(super) async fn task(
    conn: &mut Connection,
    tenant: &Tenant,
    sandbox: SandboxId,
    id: TaskId,
) -> Result<Task, ApiError> {
    let found = tasks::find(conn, tenant.as_str(), sandbox, id).await?;
    found.ok_or_else(|| ApiError::not_found("task"))
}

/// A task, whatever its sandbox.
pub(super) async fn own_task(
    conn: &mut Connection,
    tenant: &Tenant,
    id: TaskId,
) -> Result<Task, ApiError> {
    let found = task_history::find(conn, tenant.as_str(), id).await?;
    found.ok_or_else(|| ApiError::not_found("task"))
}

pub(super) async fn webhook(
    conn: &mut Connection,
    tenant: &Tenant,
    id: WebhookId,
) -> Result<Webhook, ApiError> {
    let found = webhooks::find(conn, tenant.as_str(), id).await?;
    found.ok_or_else(|| ApiError::not_found("webhook"))
}

/// Of a webhook that was looked up for its tenant.
pub(super) async fn delivery(
    conn: &mut Connection,
    webhook: WebhookId,
    id: DeliveryId,
) -> Result<Delivery, ApiError> {
    let found = webhooks::find_delivery(conn, webhook, id).await?;
    found.ok_or_else(|| ApiError::not_found("delivery"))
}
