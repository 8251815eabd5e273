//! The state machine of an operation in a worker's hands. Every write-back names the token of
//! its claim; zero rows mean that somebody else has it.

use sqlx::SqliteConnection;

use super::{StoreError, queue, row};
use crate::clock::Timestamp;
use crate::domain::{ErrorBody, Operation, OperationStatus, Progress, QueueClass, Step, Undo};
use crate::ids::OperationId;

/// A worker's right to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The operation.
    pub operation: OperationId,
    /// The token that it was claimed with.
    pub token: i64,
}

/// Takes a queued operation that is due, unless something older or running holds its lock key.
/// Undoing isn't an attempt.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn claim(
    conn: &mut SqliteConnection,
    id: OperationId,
    worker: &str,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<Operation>, StoreError> {
    Ok(sqlx::query_as(concat!(
        "UPDATE operations SET status = 'running', token = token + 1, \
         attempt = attempt + (undo IS NULL), lease_owner = $2, worker = $2, lease_until = $4, \
         started_at = coalesce(started_at, $3) \
         WHERE id = $1 AND status = 'queued' AND not_before <= $3 AND NOT EXISTS ( \
             SELECT 1 FROM operations o WHERE o.lock_key = operations.lock_key \
             AND o.id <> operations.id \
             AND (o.status = 'running' OR (o.status = 'queued' AND o.id < operations.id))) \
         RETURNING ",
        columns!(operations)
    ))
    .bind(id)
    .bind(worker)
    .bind(now)
    .bind(lease_until)
    .fetch_optional(conn)
    .await?)
}

/// What a renewal found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// Still ours.
    Held,
    /// Still ours, and somebody wants it to end.
    CancelRequested,
    /// Somebody else has it.
    Lost,
}

/// Keeps a claim alive.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn renew(
    conn: &mut SqliteConnection,
    claim: Claim,
    lease_until: Timestamp,
) -> Result<Renewal, StoreError> {
    let cancel: Option<bool> = sqlx::query_scalar(
        "UPDATE operations SET lease_until = $3 WHERE id = $1 AND token = $2 AND status = 'running' \
         RETURNING cancel_requested",
    )
    .bind(claim.operation)
    .bind(claim.token)
    .bind(lease_until)
    .fetch_optional(conn)
    .await?;
    Ok(match cancel {
        None => Renewal::Lost,
        Some(false) => Renewal::Held,
        Some(true) => Renewal::CancelRequested,
    })
}

/// What [`renew`] would find, without writing.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn check(conn: &mut SqliteConnection, claim: Claim) -> Result<Renewal, StoreError> {
    let cancel: Option<bool> = sqlx::query_scalar(
        "SELECT cancel_requested FROM operations \
         WHERE id = $1 AND token = $2 AND status = 'running'",
    )
    .bind(claim.operation)
    .bind(claim.token)
    .fetch_optional(conn)
    .await?;
    Ok(match cancel {
        None => Renewal::Lost,
        Some(false) => Renewal::Held,
        Some(true) => Renewal::CancelRequested,
    })
}

/// Writes what an operation is doing. False if the claim is lost.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_progress(
    conn: &mut SqliteConnection,
    claim: Claim,
    progress: Option<&Progress>,
    steps: &[Step],
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE operations SET progress = $3, steps = $4 \
         WHERE id = $1 AND token = $2 AND status = 'running'",
    )
    .bind(claim.operation)
    .bind(claim.token)
    .bind(progress.map(row::to_json))
    .bind(row::to_json(&steps))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that from now on the operation can only be undone, so that whoever has it next undoes
/// it too. False if the claim is lost.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_undo(
    conn: &mut SqliteConnection,
    claim: Claim,
    undo: &Undo,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE operations SET undo = $3 WHERE id = $1 AND token = $2 AND status = 'running'",
    )
    .bind(claim.operation)
    .bind(claim.token)
    .bind(row::to_json(undo))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How an operation ends.
#[derive(Debug, Clone)]
pub struct Ending<'a> {
    /// `succeeded`, `failed` or `cancelled`.
    pub status: OperationStatus,
    /// Ids of what it made.
    pub result: Option<&'a serde_json::Value>,
    /// Why it failed.
    pub error: Option<&'a ErrorBody>,
}

/// Ends an operation; the caller writes what it ends for in the same transaction. False if the
/// claim is lost: then nothing may be written.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn finish(
    conn: &mut SqliteConnection,
    claim: Claim,
    ending: &Ending<'_>,
    steps: &[Step],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let lock_key: Option<String> = sqlx::query_scalar(
        "UPDATE operations SET status = $3, result = $4, error = $5, steps = $6, finished_at = $7, \
         progress = NULL, lease_owner = NULL, lease_until = NULL \
         WHERE id = $1 AND token = $2 AND status = 'running' RETURNING lock_key",
    )
    .bind(claim.operation)
    .bind(claim.token)
    .bind(ending.status)
    .bind(ending.result.map(row::to_json))
    .bind(ending.error.map(row::to_json))
    .bind(row::to_json(&steps))
    .bind(now)
    .fetch_optional(&mut *conn)
    .await?;
    let Some(lock_key) = lock_key else { return Ok(false) };
    poke_waiting(conn, &lock_key, now).await?;
    Ok(true)
}

/// Ends an operation that no worker has touched. False if one has.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn cancel_untouched(
    conn: &mut SqliteConnection,
    id: OperationId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE operations SET status = 'cancelled', cancel_requested = 1, finished_at = $2 \
         WHERE id = $1 AND status = 'queued' AND attempt = 0 AND token = 0",
    )
    .bind(id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Sends the oldest operation that waits for a lock key.
async fn poke_waiting(
    conn: &mut SqliteConnection,
    lock_key: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let next: Option<Operation> = sqlx::query_as(select!(
        operations,
        "WHERE lock_key = $1 AND status = 'queued' AND not_before <= $2 \
         ORDER BY id LIMIT 1"
    ))
    .bind(lock_key)
    .bind(now)
    .fetch_optional(&mut *conn)
    .await?;
    match next {
        Some(next) => poke(conn, &next).await,
        None => Ok(()),
    }
}

/// Puts an operation back in the queue, due at `not_before`. Where the attempt isn't to count
/// (a worker that drains) `spent` is false. False if the claim is lost.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn requeue(
    conn: &mut SqliteConnection,
    operation: &Operation,
    not_before: Timestamp,
    spent: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE operations SET status = 'queued', lease_owner = NULL, lease_until = NULL, \
         not_before = $3, attempt = attempt - (undo IS NULL AND NOT $4) \
         WHERE id = $1 AND token = $2 AND status = 'running'",
    )
    .bind(operation.id)
    .bind(operation.token)
    .bind(not_before)
    .bind(spent)
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    if not_before <= now {
        poke(conn, operation).await?;
    }
    Ok(true)
}

/// Sends an operation to its queue once more.
///
/// # Errors
/// [`StoreError::Queue`]
pub async fn poke(conn: &mut SqliteConnection, operation: &Operation) -> Result<(), StoreError> {
    let class: QueueClass = operation.kind.queue();
    let id = queue::push(&mut *conn, &operation.node, class, operation.id).await?;
    sqlx::query("UPDATE operations SET poke_id = $2 WHERE id = $1")
        .bind(operation.id)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Running operations of a node whose lease has run out, or whose worker is in `dead`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn stranded(
    conn: &mut SqliteConnection,
    node: &str,
    dead: &[String],
    now: Timestamp,
) -> Result<Vec<Operation>, StoreError> {
    Ok(sqlx::query_as(select!(
        operations,
        "WHERE node = $1 AND status = 'running' \
         AND (lease_until < $2 OR lease_owner IN (SELECT value FROM json_each($3)))"
    ))
    .bind(node)
    .bind(now)
    .bind(row::to_json(&dead))
    .fetch_all(conn)
    .await?)
}

/// The workers that hold leases on a node.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn lease_owners(
    conn: &mut SqliteConnection,
    node: &str,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT DISTINCT lease_owner FROM operations WHERE node = $1 AND status = 'running'",
    )
    .bind(node)
    .fetch_all(conn)
    .await?)
}

/// Operations that are due and free but have no poke under way: lost ones, and those whose
/// back-off has passed. A poke that a worker took more than `patience_s` seconds ago without
/// claiming its operation counts as lost.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn unpoked(
    conn: &mut SqliteConnection,
    node: &str,
    now: Timestamp,
    patience_s: i64,
) -> Result<Vec<Operation>, StoreError> {
    Ok(sqlx::query_as(select!(
        operations,
        "o WHERE o.node = $1 AND o.status = 'queued' AND o.not_before <= $2 \
         AND NOT EXISTS (SELECT 1 FROM operations r WHERE r.lock_key = o.lock_key AND r.id <> o.id \
             AND (r.status = 'running' OR (r.status = 'queued' AND r.id < o.id))) \
         AND NOT EXISTS (SELECT 1 FROM Jobs j WHERE j.id = o.poke_id \
             AND j.status NOT IN ('Done', 'Failed', 'Killed') \
             AND NOT (j.status IN ('Queued', 'Running') AND coalesce(j.lock_at < $3, 0))) \
         ORDER BY o.id LIMIT 200"
    ))
    .bind(node)
    .bind(now)
    .bind(now.0 / 1000 - patience_s)
    .fetch_all(conn)
    .await?)
}
