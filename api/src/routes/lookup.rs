//! What a request is about, looked up for its tenant: another's is as unknown as none.

use sandboxd_shared::domain::{App, Operation, Sandbox, Snapshot};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId, SnapshotId};
use sandboxd_shared::store::{Connection, apps, operations, sandboxes, snapshots};

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
