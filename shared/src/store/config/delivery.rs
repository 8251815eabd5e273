//! Which version of its app's config each running sandbox has been given.

use sqlx::{FromRow, SqliteConnection};

use crate::ids::{AppId, SandboxId};
use crate::store::StoreError;

/// A running sandbox that no operation has, with the version that it has and the one that there is.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Delivery {
    /// The sandbox.
    pub sandbox_id: SandboxId,
    /// Its app.
    pub app_id: AppId,
    /// Its container.
    pub container_id: String,
    /// The version of the app's config.
    pub version: i64,
    /// The version that the container was given.
    pub delivered: i64,
}

const SELECT: &str = "SELECT s.id AS sandbox_id, s.app_id, s.container_id, \
     a.config_version AS version, s.config_delivered AS delivered \
     FROM sandboxes s JOIN apps a ON a.id = s.app_id \
     WHERE s.status = 'running' AND s.active_operation_id IS NULL AND s.container_id IS NOT NULL ";

/// All sandboxes of a node that something can be delivered to; who is behind comes first.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn deliveries(
    conn: &mut SqliteConnection,
    node: &str,
) -> Result<Vec<Delivery>, StoreError> {
    let sql = format!("{SELECT} AND s.node = $1 ORDER BY a.config_version <= s.config_delivered");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(node).fetch_all(conn).await?)
}

/// The version of an app's config. To be read before the config: then a change in between is
/// delivered once more, never missed.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn version(conn: &mut SqliteConnection, app: AppId) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("SELECT config_version FROM apps WHERE id = $1")
        .bind(app)
        .fetch_one(conn)
        .await?)
}

/// Notes what a sandbox's container was given.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_delivered(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    version: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sandboxes SET config_delivered = $2 WHERE id = $1")
        .bind(sandbox)
        .bind(version)
        .execute(conn)
        .await?;
    Ok(())
}
