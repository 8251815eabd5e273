//! What agents say: pieces in order, kept with their task.

use serde_json::Value;
use sqlx::SqliteConnection;

use super::{StoreError, row};
use crate::clock::Timestamp;
use crate::domain::{OutputKind, TaskOutput};
use crate::ids::TaskId;

/// Adds pieces after what is there.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn append(
    conn: &mut SqliteConnection,
    task: TaskId,
    pieces: &[(OutputKind, Value)],
    now: Timestamp,
) -> Result<(), StoreError> {
    for (kind, data) in pieces {
        sqlx::query(
            "INSERT INTO task_output (task_id, seq, type, data, created_at) \
             SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4 FROM task_output WHERE task_id = $1",
        )
        .bind(task)
        .bind(kind)
        .bind(row::to_json(data))
        .bind(now)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// How many pieces there are.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn count(conn: &mut SqliteConnection, task: TaskId) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(seq), 0) FROM task_output WHERE task_id = $1";
    Ok(sqlx::query_scalar(sql).bind(task).fetch_one(conn).await?)
}

/// The newest piece.
///
/// # Errors
/// [`StoreError`]
pub async fn newest(
    conn: &mut SqliteConnection,
    task: TaskId,
) -> Result<Option<TaskOutput>, StoreError> {
    let count = count(conn, task).await?;
    Ok(after(conn, task, count - 1, 1).await?.pop())
}

/// The pieces after `after`, at most so many.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn after(
    conn: &mut SqliteConnection,
    task: TaskId,
    after: i64,
    limit: i64,
) -> Result<Vec<TaskOutput>, StoreError> {
    let rows: Vec<(i64, OutputKind, String, Timestamp)> = sqlx::query_as(
        "SELECT seq, type, data, created_at FROM task_output \
         WHERE task_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    )
    .bind(task)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(seq, kind, data, created_at)| {
            let data = serde_json::from_str(&data)
                .map_err(|error| StoreError::Corrupt(format!("output {seq} of {task}: {error}")))?;
            Ok(TaskOutput { seq, kind, data, created_at })
        })
        .collect()
}
