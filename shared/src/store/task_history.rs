//! Tasks as their tenant looks back on them, whether their sandbox is there or gone.

use futures::TryStreamExt;
use sqlx::SqliteConnection;

use super::{Page, StoreError};
use crate::clock::Timestamp;
use crate::domain::{Task, TaskStatus};
use crate::ids::{AppId, SandboxId, TaskId};

/// Whose tasks.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    /// Those of a sandbox.
    Sandbox(SandboxId),
    /// Those of all sandboxes that an app has had.
    App(AppId),
}

// Two texts, each with an index of its own.
const OF_SANDBOX: &str = select!(
    tasks,
    "WHERE sandbox_id = $1 AND owner = $2 AND ($3 IS NULL OR status = $3) \
     AND ($4 IS NULL OR id < $4) ORDER BY id DESC LIMIT $5 + 1"
);
const OF_APP: &str = select!(
    tasks,
    "WHERE app_id = $1 AND owner = $2 AND ($3 IS NULL OR status = $3) \
     AND ($4 IS NULL OR id < $4) ORDER BY id DESC LIMIT $5 + 1"
);

/// A task of `owner`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn find(
    conn: &mut SqliteConnection,
    owner: &str,
    id: TaskId,
) -> Result<Option<Task>, StoreError> {
    let sql = select!(tasks, "WHERE id = $1 AND owner = $2");
    Ok(sqlx::query_as(sql).bind(id).bind(owner).fetch_optional(conn).await?)
}

/// Whether `owner` has ever had a task in a sandbox.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn has_any(
    conn: &mut SqliteConnection,
    owner: &str,
    sandbox: SandboxId,
) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM tasks WHERE sandbox_id = $1 AND owner = $2)";
    Ok(sqlx::query_scalar(sql).bind(sandbox).bind(owner).fetch_one(conn).await?)
}

/// A page of tasks of `owner`, and whether there are more. It has fewer than its limit where their
/// texts have more than `bytes` together.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn list(
    conn: &mut SqliteConnection,
    owner: &str,
    of: Of,
    status: Option<TaskStatus>,
    page: &Page,
    bytes: usize,
) -> Result<(Vec<Task>, bool), StoreError> {
    let query = match of {
        Of::Sandbox(id) => sqlx::query_as::<_, Task>(OF_SANDBOX).bind(id),
        Of::App(id) => sqlx::query_as::<_, Task>(OF_APP).bind(id),
    };
    let mut rows = query.bind(owner).bind(status).bind(&page.before).bind(page.limit).fetch(conn);
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let (mut tasks, mut taken) = (Vec::new(), 0);
    while let Some(task) = rows.try_next().await? {
        if tasks.len() == limit || taken > bytes {
            return Ok((tasks, true));
        }
        taken += task.text_bytes();
        tasks.push(task);
    }
    Ok((tasks, false))
}

/// Removes tasks that ended before `before`, with their output, at most so many. Says how many.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn prune(
    conn: &mut SqliteConnection,
    before: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks \
         WHERE finished_at IS NOT NULL AND finished_at < $1 ORDER BY finished_at LIMIT $2)",
    )
    .bind(before)
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
