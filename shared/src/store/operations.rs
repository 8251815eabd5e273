//! Operations: the rows, as clients read them. What the runner does to them is in
//! [`claim`](super::claim).

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, SqliteConnection};
use ulid::Ulid;

use super::{Page, StoreError, row};
use crate::clock::Timestamp;
use crate::domain::{Operation, OperationKind, OperationStatus};
use crate::ids::{AppId, OperationId, SandboxId};

impl FromRow<'_, SqliteRow> for Operation {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            kind: row.try_get("kind")?,
            owner: row.try_get("owner")?,
            node: row.try_get("node")?,
            lock_key: row.try_get("lock_key")?,
            app_id: row.try_get("app_id")?,
            sandbox_id: row.try_get("sandbox_id")?,
            snapshot_id: row.try_get("snapshot_id")?,
            task_id: row.try_get("task_id")?,
            input: row::json(row, "input")?,
            status: row.try_get("status")?,
            attempt: row.try_get("attempt")?,
            max_attempts: row.try_get("max_attempts")?,
            token: row.try_get("token")?,
            not_before: row.try_get("not_before")?,
            deadline: row.try_get("deadline")?,
            cancel_requested: row.try_get("cancel_requested")?,
            undo: row::optional_json(row, "undo")?,
            worker: row.try_get("worker")?,
            progress: row::optional_json(row, "progress")?,
            steps: row::json(row, "steps")?,
            result: row::optional_json(row, "result")?,
            error: row::optional_json(row, "error")?,
            trace_context: row.try_get("trace_context")?,
            created_at: row.try_get("created_at")?,
            started_at: row.try_get("started_at")?,
            finished_at: row.try_get("finished_at")?,
        })
    }
}

/// Adds a queued operation. Its poke is sent by [`crate::jobs`].
///
/// # Errors
/// [`StoreError::Database`]
pub async fn insert(
    conn: &mut SqliteConnection,
    operation: &Operation,
    poke_id: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO operations (id, kind, owner, node, queue, lock_key, app_id, sandbox_id, \
         snapshot_id, task_id, input, status, max_attempts, not_before, deadline, poke_id, created_at, \
         trace_context) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'queued', $12, $13, $14, $15, $16, $17)",
    )
    .bind(operation.id)
    .bind(operation.kind)
    .bind(&operation.owner)
    .bind(&operation.node)
    .bind(operation.kind.queue())
    .bind(&operation.lock_key)
    .bind(operation.app_id)
    .bind(operation.sandbox_id)
    .bind(operation.snapshot_id)
    .bind(operation.task_id)
    .bind(row::to_json(&operation.input))
    .bind(operation.max_attempts)
    .bind(operation.not_before)
    .bind(operation.deadline)
    .bind(poke_id)
    .bind(operation.created_at)
    .bind(&operation.trace_context)
    .execute(conn)
    .await?;
    Ok(())
}

/// An operation, whoever asked for it; for workers.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn get(
    conn: &mut SqliteConnection,
    id: OperationId,
) -> Result<Option<Operation>, StoreError> {
    Ok(sqlx::query_as(select!(operations, "WHERE id = $1")).bind(id).fetch_optional(conn).await?)
}

/// An operation of `owner`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn find(
    conn: &mut SqliteConnection,
    owner: &str,
    id: OperationId,
) -> Result<Option<Operation>, StoreError> {
    Ok(sqlx::query_as(select!(operations, "WHERE id = $1 AND owner = $2"))
        .bind(id)
        .bind(owner)
        .fetch_optional(conn)
        .await?)
}

/// What a list of operations is filtered by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one app.
    pub app_id: Option<AppId>,
    /// Of one sandbox.
    pub sandbox_id: Option<SandboxId>,
    /// In one status.
    pub status: Option<OperationStatus>,
    /// Of one kind.
    pub kind: Option<OperationKind>,
}

/// A page of `owner`'s operations.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn list(
    conn: &mut SqliteConnection,
    owner: &str,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Operation>, StoreError> {
    // Only what is asked for, so that the index for it is found.
    let mut query = QueryBuilder::<Sqlite>::new(select!(operations, "WHERE owner = "));
    query.push_bind(owner);
    if let Some(id) = &page.before {
        query.push(" AND id < ").push_bind(id);
    }
    if let Some(id) = filter.app_id {
        query.push(" AND app_id = ").push_bind(id);
    }
    if let Some(id) = filter.sandbox_id {
        query.push(" AND sandbox_id = ").push_bind(id);
    }
    if let Some(status) = filter.status {
        if !status.is_final() {
            // What the index of the unfinished says.
            query.push(" AND status IN ('queued', 'running')");
        }
        query.push(" AND status = ").push_bind(status);
    }
    if let Some(kind) = filter.kind {
        query.push(" AND kind = ").push_bind(kind);
    }
    query.push(" ORDER BY id DESC LIMIT ").push_bind(page.limit);
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// Whether an unfinished operation is about a snapshot.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn unfinished_about_snapshot(
    conn: &mut SqliteConnection,
    snapshot: crate::ids::SnapshotId,
) -> Result<Option<OperationId>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT id FROM operations WHERE status IN ('queued', 'running') AND snapshot_id = $1 LIMIT 1",
    )
    .bind(snapshot)
    .fetch_optional(conn)
    .await?)
}

/// The newest operation of a sandbox about a snapshot.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn newest_about_snapshot(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    snapshot: crate::ids::SnapshotId,
) -> Result<Option<Operation>, StoreError> {
    Ok(sqlx::query_as(select!(
        operations,
        "WHERE sandbox_id = $1 AND snapshot_id = $2 \
         ORDER BY id DESC LIMIT 1"
    ))
    .bind(sandbox)
    .bind(snapshot)
    .fetch_optional(conn)
    .await?)
}

/// Asks an unfinished operation to end. False if it has ended.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn request_cancel(
    conn: &mut SqliteConnection,
    id: OperationId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE operations SET cancel_requested = 1, \
         not_before = CASE WHEN status = 'queued' THEN min(not_before, $2) ELSE not_before END \
         WHERE id = $1 AND status IN ('queued', 'running')",
    )
    .bind(id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes operations that ended before `before`, at most `limit`. Gives how many went.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn prune(
    conn: &mut SqliteConnection,
    before: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    // What ended before was accepted before: nothing younger is looked at.
    let first = OperationId::from(Ulid::from_parts(u64::try_from(before.0).unwrap_or(0), 0));
    let done = sqlx::query(
        "DELETE FROM operations WHERE id IN (SELECT id FROM operations \
         WHERE id < $3 AND finished_at < $1 ORDER BY id LIMIT $2)",
    )
    .bind(before)
    .bind(limit)
    .bind(first)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Whether an unfinished operation has a lock key.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn unfinished_with_lock_key(
    conn: &mut SqliteConnection,
    lock_key: &str,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM operations WHERE lock_key = $1 \
         AND status IN ('queued', 'running'))",
    )
    .bind(lock_key)
    .fetch_one(conn)
    .await?)
}

/// The kind of the newest operation that brought a sandbox's container up.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn last_kind_of_sandbox(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
) -> Result<Option<OperationKind>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT kind FROM operations WHERE sandbox_id = $1 AND status = 'succeeded' \
         AND kind IN ('sandbox.create', 'sandbox.start', 'app.restore') ORDER BY id DESC LIMIT 1",
    )
    .bind(sandbox)
    .fetch_optional(conn)
    .await?)
}

/// How many operations of a kind a node hasn't ended.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn unfinished_of_kind(
    conn: &mut SqliteConnection,
    node: &str,
    kind: OperationKind,
) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM operations \
               WHERE node = $1 AND kind = $2 AND status IN ('queued', 'running')";
    Ok(sqlx::query_scalar(sql).bind(node).bind(kind).fetch_one(conn).await?)
}
