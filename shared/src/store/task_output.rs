//! What agents say: pieces in order, kept with their task.

use futures::TryStreamExt;
use serde_json::Value;
use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteConnection};

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

/// A piece as it is stored. Its data is JSON text, to be passed on as it is: what a sandbox says may
/// be nested more deeply than parsers like.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StoredPiece {
    /// 1, 2, 3 … without gaps.
    pub seq: i64,
    /// What it tells of.
    #[sqlx(rename = "type")]
    pub kind: OutputKind,
    /// JSON.
    pub data: String,
    /// When it was recorded.
    pub created_at: Timestamp,
}

/// A page of the pieces after `after`, and whether there are more. It has fewer than `limit` where
/// they have more than `bytes` together.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn page(
    conn: &mut SqliteConnection,
    task: TaskId,
    after: i64,
    limit: usize,
    bytes: usize,
) -> Result<(Vec<StoredPiece>, bool), StoreError> {
    let mut rows = sqlx::query_as::<_, StoredPiece>(
        "SELECT seq, type, data, created_at FROM task_output \
         WHERE task_id = $1 AND seq > $2 ORDER BY seq LIMIT $3 + 1",
    )
    .bind(task)
    .bind(after)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX - 1))
    .fetch(conn);
    let (mut pieces, mut taken) = (Vec::new(), 0);
    while let Some(piece) = rows.try_next().await? {
        if pieces.len() == limit || taken > bytes {
            return Ok((pieces, true));
        }
        taken += piece.data.len();
        pieces.push(piece);
    }
    Ok((pieces, false))
}

/// The newest piece of each of some tasks; 0 for one that has none. Tasks that are gone are left
/// out.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn newest_of(
    conn: &mut SqliteConnection,
    tasks: &[TaskId],
) -> Result<Vec<(TaskId, i64)>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT t.id, coalesce((SELECT o.seq FROM task_output o WHERE o.task_id = t.id \
         ORDER BY o.seq DESC LIMIT 1), 0) FROM tasks t WHERE t.id IN (",
    );
    let mut ids = query.separated(", ");
    for task in tasks {
        ids.push_bind(*task);
    }
    query.push(")");
    Ok(query.build_query_as().fetch_all(conn).await?)
}
