//! Which checkpoints are kept: the newest of each app, and those that a person has named.

use sqlx::SqliteConnection;

use super::StoreError;
use crate::domain::Snapshot;

/// Checkpoints of a node that at least `keep` newer ones of their app make superfluous, oldest
/// first. Not one that a person has named, that is being captured, that an unfinished operation is
/// about, or whose task hasn't ended.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn superfluous(
    conn: &mut SqliteConnection,
    node: &str,
    keep: u32,
    limit: i64,
) -> Result<Vec<Snapshot>, StoreError> {
    // Failed ones hold nothing, so they go with their neighbours and count for none.
    let sql = concat!(
        "WITH aged(snapshot, newer) AS ( \
             SELECT id, count(*) FILTER (WHERE status = 'ready') OVER ( \
                 PARTITION BY source_app_id ORDER BY id DESC \
                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) \
             FROM snapshots WHERE kind = 'checkpoint' AND kept = 0) ",
        select!(
            snapshots,
            "s JOIN aged ON aged.snapshot = s.id \
         WHERE aged.newer >= $2 AND s.node = $1 AND s.status IN ('ready', 'failed') \
         AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.status IN ('queued', 'running') \
             AND (o.snapshot_id = s.id OR o.task_id = s.task_id)) \
         ORDER BY s.id LIMIT $3"
        )
    );
    Ok(sqlx::query_as(sql).bind(node).bind(keep).bind(limit).fetch_all(conn).await?)
}
