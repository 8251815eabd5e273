//! Nodes: a Docker engine with its data directory.

use sqlx::{FromRow, SqliteConnection};

use super::{StoreError, row};
use crate::clock::Timestamp;
use crate::domain::{DriverKind, FirewallMode};

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// How it keeps workspaces.
    pub driver: DriverKind,
    /// Why that way.
    pub driver_reason: String,
    /// Why its engine can't be used now, in words for a person.
    pub engine_error: Option<String>,
    /// Whether sandboxes are kept apart by firewall rules.
    pub firewall: FirewallMode,
    /// Why those aren't in place now, in words for a person.
    pub firewall_error: Option<String>,
}

/// A node by its name.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn get(conn: &mut SqliteConnection, name: &str) -> Result<Option<Node>, StoreError> {
    Ok(sqlx::query_as(select!(nodes, "WHERE name = $1")).bind(name).fetch_optional(conn).await?)
}

/// All nodes.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn all(conn: &mut SqliteConnection) -> Result<Vec<Node>, StoreError> {
    Ok(sqlx::query_as(select!(nodes, "ORDER BY name")).fetch_all(conn).await?)
}

/// Notes how a node keeps workspaces.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_driver(
    conn: &mut SqliteConnection,
    name: &str,
    driver: DriverKind,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO nodes (name, driver, driver_reason, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (name) DO UPDATE SET driver = excluded.driver, \
         driver_reason = excluded.driver_reason, updated_at = excluded.updated_at",
    )
    .bind(name)
    .bind(driver)
    .bind(reason)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes whether a node's engine answers. Says whether that changed.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_engine_error(
    conn: &mut SqliteConnection,
    name: &str,
    error: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE nodes SET engine_error = $2, updated_at = $3 \
         WHERE name = $1 AND engine_error IS NOT $2",
    )
    .bind(name)
    .bind(error)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes whether a node's firewall rules are in place. Says whether that changed.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_firewall(
    conn: &mut SqliteConnection,
    name: &str,
    mode: FirewallMode,
    error: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE nodes SET firewall = $2, firewall_error = $3, updated_at = $4 \
         WHERE name = $1 AND (firewall IS NOT $2 OR firewall_error IS NOT $3)",
    )
    .bind(name)
    .bind(mode)
    .bind(error)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The names of the agents that a node's image has; none while nobody has looked.
///
/// # Errors
/// [`StoreError`]
pub async fn agents(
    conn: &mut SqliteConnection,
    name: &str,
) -> Result<Option<Vec<String>>, StoreError> {
    let text: Option<Option<String>> =
        sqlx::query_scalar("SELECT agents FROM nodes WHERE name = $1")
            .bind(name)
            .fetch_optional(conn)
            .await?;
    let Some(text) = text.flatten() else { return Ok(None) };
    let names = serde_json::from_str(&text);
    names.map(Some).map_err(|error| StoreError::Corrupt(format!("the agents of {name}: {error}")))
}

/// Notes which agents a node's image has; none if it doesn't say. Says whether that changed.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_agents(
    conn: &mut SqliteConnection,
    name: &str,
    agents: Option<&[String]>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE nodes SET agents = $2, updated_at = $3 WHERE name = $1 AND agents IS NOT $2",
    )
    .bind(name)
    .bind(agents.map(|agents| row::to_json(&agents)))
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
