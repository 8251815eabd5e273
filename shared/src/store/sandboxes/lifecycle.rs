//! Who has a sandbox, what it is doing, and where it answers.

use std::net::IpAddr;

use sqlx::SqliteConnection;

use crate::clock::Timestamp;
use crate::domain::SandboxStatus;
use crate::ids::{OperationId, SandboxId, TaskId};
use crate::store::StoreError;

/// Takes the sandbox for an operation and sets what it is doing. False if another operation has
/// it or its status isn't `expected`: nothing is changed then.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn acquire(
    conn: &mut SqliteConnection,
    id: SandboxId,
    operation: OperationId,
    expected: SandboxStatus,
    status: SandboxStatus,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let keeps_address = matches!(
        status,
        SandboxStatus::Running
            | SandboxStatus::Stopping
            | SandboxStatus::Restoring
            | SandboxStatus::Deleting
    );
    let done = sqlx::query(
        "UPDATE sandboxes SET active_operation_id = $2, status = $4, updated_at = $5, \
         address = CASE WHEN $6 THEN address END, container_id = CASE WHEN $6 THEN container_id END \
         WHERE id = $1 AND active_operation_id IS NULL AND status = $3",
    )
    .bind(id)
    .bind(operation)
    .bind(expected)
    .bind(status)
    .bind(now)
    .bind(keeps_address)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Where a container answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address on the sandboxes' network.
    pub address: IpAddr,
    /// The container that has it.
    pub container_id: String,
}

/// Gives the sandbox back: sets its status, its endpoint (none unless it runs) and the reason,
/// and clears the operation if it is `operation`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn release(
    conn: &mut SqliteConnection,
    id: SandboxId,
    operation: OperationId,
    status: SandboxStatus,
    reason: Option<&str>,
    endpoint: Option<&Endpoint>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sandboxes SET status = $3, status_reason = $4, address = $5, container_id = $6, \
         preview_status = CASE WHEN $5 IS NULL THEN 'down' \
             WHEN container_id = $6 THEN preview_status ELSE 'starting' END, \
         preview_http_status = CASE WHEN container_id = $6 THEN preview_http_status END, \
         updated_at = $7, \
         last_active_at = CASE WHEN $5 IS NOT NULL THEN $7 ELSE last_active_at END, \
         active_operation_id = CASE WHEN active_operation_id = $2 THEN NULL ELSE active_operation_id END \
         WHERE id = $1",
    )
    .bind(id)
    .bind(operation)
    .bind(status)
    .bind(reason)
    .bind(endpoint.map(|endpoint| endpoint.address.to_string()))
    .bind(endpoint.map(|endpoint| &endpoint.container_id))
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Clears the operation if it is `operation` and leaves the rest as it is.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn release_unchanged(
    conn: &mut SqliteConnection,
    id: SandboxId,
    operation: OperationId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sandboxes SET active_operation_id = NULL, updated_at = $3 \
         WHERE id = $1 AND active_operation_id = $2",
    )
    .bind(id)
    .bind(operation)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the endpoint away at once, as its container is about to go or has gone: nobody may dial
/// an address that another container can get.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn clear_endpoint(conn: &mut SqliteConnection, id: SandboxId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sandboxes SET address = NULL, container_id = NULL, preview_status = 'down', \
         preview_http_status = NULL WHERE id = $1",
    )
    .bind(id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the endpoint away if it is this container's, which has ended. Whatever operation has the
/// sandbox goes on.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn clear_endpoint_of(
    conn: &mut SqliteConnection,
    id: SandboxId,
    container_id: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE sandboxes SET address = NULL, container_id = NULL, preview_status = 'down', \
         preview_http_status = NULL WHERE id = $1 AND container_id = $2",
    )
    .bind(id)
    .bind(container_id)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks a running sandbox that no operation holds as ended by itself. False if it isn't (any
/// more) in that state with that container.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn mark_ended(
    conn: &mut SqliteConnection,
    id: SandboxId,
    container_id: Option<&str>,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE sandboxes SET status = 'stopped', status_reason = $3, address = NULL, \
         container_id = NULL, preview_status = 'down', preview_http_status = NULL, updated_at = $4 \
         WHERE id = $1 AND status = 'running' AND active_operation_id IS NULL \
         AND ($2 IS NULL OR container_id = $2)",
    )
    .bind(id)
    .bind(container_id)
    .bind(reason)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Corrects the endpoint of a running sandbox that no operation holds. False if nothing changed.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_endpoint(
    conn: &mut SqliteConnection,
    id: SandboxId,
    endpoint: &Endpoint,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let address = endpoint.address.to_string();
    let done = sqlx::query(
        "UPDATE sandboxes SET address = $2, container_id = $3, updated_at = $4 WHERE id = $1 \
         AND status = 'running' AND active_operation_id IS NULL \
         AND (address IS NOT $2 OR container_id IS NOT $3)",
    )
    .bind(id)
    .bind(address)
    .bind(&endpoint.container_id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes the sandbox's unfinished task.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_active_task(
    conn: &mut SqliteConnection,
    id: SandboxId,
    task: TaskId,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sandboxes SET active_task_id = $2 WHERE id = $1")
        .bind(id)
        .bind(task)
        .execute(conn)
        .await?;
    Ok(())
}

/// The task has ended, which counts as activity. A sandbox that is gone is no error.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn clear_active_task(
    conn: &mut SqliteConnection,
    id: SandboxId,
    task: TaskId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sandboxes SET active_task_id = NULL, last_active_at = max(last_active_at, $3) \
         WHERE id = $1 AND active_task_id = $2",
    )
    .bind(id)
    .bind(task)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
