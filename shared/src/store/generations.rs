//! Generations: the writable workspaces.

use sqlx::SqliteConnection;

use super::StoreError;
use crate::domain::{GenerationRow, GenerationState};
use crate::ids::SandboxId;

/// Adds a generation.
///
/// # Errors
/// [`StoreError::Database`], also for a second active one of a sandbox.
pub async fn insert(conn: &mut SqliteConnection, row: &GenerationRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO generations (sandbox_id, number, node, base_layer_id, state, mounted, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(row.sandbox_id)
    .bind(row.number)
    .bind(&row.node)
    .bind(&row.base_layer_id)
    .bind(row.state)
    .bind(row.mounted)
    .bind(row.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A sandbox's workspace.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn active(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
) -> Result<Option<GenerationRow>, StoreError> {
    in_state(conn, sandbox, GenerationState::Active).await
}

/// The generation that a restore has made ahead.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn prepared(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
) -> Result<Option<GenerationRow>, StoreError> {
    in_state(conn, sandbox, GenerationState::Prepared).await
}

/// Gives up what a restore has made ahead, if there is something. Its directory goes with the next look of
/// the reconciler.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn give_up_prepared(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE generations SET state = $3 WHERE sandbox_id = $1 AND state = $2")
        .bind(sandbox)
        .bind(GenerationState::Prepared)
        .bind(GenerationState::Discarded)
        .execute(conn)
        .await?;
    Ok(())
}

async fn in_state(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    state: GenerationState,
) -> Result<Option<GenerationRow>, StoreError> {
    Ok(sqlx::query_as(select!(
        generations,
        "WHERE sandbox_id = $1 AND state = $2 ORDER BY number DESC LIMIT 1"
    ))
    .bind(sandbox)
    .bind(state)
    .fetch_optional(conn)
    .await?)
}

/// The number for a sandbox's next generation: one that was never used.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn next_number(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT 1 + max( \
             coalesce((SELECT max(number) FROM generations WHERE sandbox_id = $1), 0), \
             coalesce((SELECT generation FROM sandboxes WHERE id = $1), 0))",
    )
    .bind(sandbox)
    .fetch_one(conn)
    .await?)
}

/// Notes that a container is about to have this generation.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_mounted(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    number: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE generations SET mounted = 1 WHERE sandbox_id = $1 AND number = $2")
        .bind(sandbox)
        .bind(number)
        .execute(conn)
        .await?;
    Ok(())
}

/// Changes what a generation is for.
///
/// # Errors
/// [`StoreError::Database`], also for a second active one of a sandbox.
pub async fn set_state(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    number: i64,
    state: GenerationState,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE generations SET state = $3, \
         base_layer_id = CASE WHEN $3 = 'discarded' THEN NULL ELSE base_layer_id END \
         WHERE sandbox_id = $1 AND number = $2",
    )
    .bind(sandbox)
    .bind(number)
    .bind(state)
    .execute(conn)
    .await?;
    Ok(())
}

/// Discards all generations of a sandbox; with it they lose their hold on layers.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn discard_all(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE generations SET state = 'discarded', base_layer_id = NULL WHERE sandbox_id = $1",
    )
    .bind(sandbox)
    .execute(conn)
    .await?;
    Ok(())
}

/// Generations whose bytes are to go.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn discarded(
    conn: &mut SqliteConnection,
    node: &str,
) -> Result<Vec<GenerationRow>, StoreError> {
    Ok(sqlx::query_as(select!(generations, "WHERE node = $1 AND state = 'discarded'"))
        .bind(node)
        .fetch_all(conn)
        .await?)
}

/// All generations of a node.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn on_node(
    conn: &mut SqliteConnection,
    node: &str,
) -> Result<Vec<GenerationRow>, StoreError> {
    Ok(sqlx::query_as(select!(generations, "WHERE node = $1")).bind(node).fetch_all(conn).await?)
}

/// Removes a generation's row, once its bytes are gone.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn delete(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    number: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM generations WHERE sandbox_id = $1 AND number = $2 AND state = 'discarded'",
    )
    .bind(sandbox)
    .bind(number)
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves generations that no container has had yet from `layer` to `flat`, which shows the same
/// files. A mounted one keeps its base: a volume's options are frozen. So does one whose sandbox
/// an operation has: that may be about to record the base as a snapshot's.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn rebase_idle(
    conn: &mut SqliteConnection,
    layer: &str,
    flat: &str,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE generations SET base_layer_id = $2 \
         WHERE base_layer_id = $1 AND mounted = 0 AND state = 'active' \
         AND EXISTS (SELECT 1 FROM sandboxes s WHERE s.id = generations.sandbox_id \
             AND s.active_operation_id IS NULL)",
    )
    .bind(layer)
    .bind(flat)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// The same for one generation, by the operation that has its sandbox. False if it was mounted or
/// stands on something else by now.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn rebase(
    conn: &mut SqliteConnection,
    row: &GenerationRow,
    flat: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE generations SET base_layer_id = $4 WHERE sandbox_id = $1 AND number = $2 \
         AND base_layer_id = $3 AND mounted = 0 AND state IN ('active', 'prepared')",
    )
    .bind(row.sandbox_id)
    .bind(row.number)
    .bind(&row.base_layer_id)
    .bind(flat)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Sandboxes whose workspace may hold what no layer has.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn unsealed(conn: &mut SqliteConnection) -> Result<Vec<SandboxId>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT sandbox_id FROM generations WHERE state = 'active' AND mounted = 1 \
         ORDER BY sandbox_id",
    )
    .fetch_all(conn)
    .await?)
}

/// Whether there is a row of a generation.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn exists(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    number: i64,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM generations WHERE sandbox_id = $1 AND number = $2)",
    )
    .bind(sandbox)
    .bind(number)
    .fetch_one(conn)
    .await?)
}

/// Whether a generation is a sandbox's workspace.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn is_active(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    number: i64,
) -> Result<bool, StoreError> {
    let active = active(conn, sandbox).await?;
    Ok(active.is_some_and(|row| row.number == number))
}
