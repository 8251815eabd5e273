//! The sandboxes' network: which address each has, what each may reach, and what names resolve to.

use std::net::Ipv4Addr;

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use super::{StoreError, row};
use crate::clock::Timestamp;
use crate::domain::Egress;
use crate::ids::SandboxId;

/// A sandbox on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The sandbox.
    pub id: SandboxId,
    /// Its address.
    pub address: Ipv4Addr,
    /// What it may reach.
    pub egress: Egress,
}

impl FromRow<'_, SqliteRow> for Attached {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            address: row::parsed(row, "net_address")?,
            egress: row::json(row, "egress")?,
        })
    }
}

/// An address that a name has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The name.
    pub name: String,
    /// One of its addresses.
    pub address: Ipv4Addr,
    /// When a name server last said so.
    pub seen_at: Timestamp,
}

impl FromRow<'_, SqliteRow> for Resolved {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            name: row.try_get("name")?,
            address: row::parsed(row, "address")?,
            seen_at: row.try_get("seen_at")?,
        })
    }
}

/// The sandboxes of a node that have an address and may run: those that are stopped get their
/// rules when they start.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn attached(
    conn: &mut SqliteConnection,
    node: &str,
) -> Result<Vec<Attached>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT s.id, s.net_address, a.egress FROM sandboxes s JOIN apps a ON a.id = s.app_id \
         WHERE s.node = $1 AND s.net_address IS NOT NULL AND s.status NOT IN ('stopped', 'error') \
         ORDER BY s.id",
    )
    .bind(node)
    .fetch_all(conn)
    .await?)
}

/// The address of a sandbox, if it has got one.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn address_of(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
) -> Result<Option<Ipv4Addr>, StoreError> {
    let text: Option<String> =
        sqlx::query_scalar("SELECT net_address FROM sandboxes WHERE id = $1")
            .bind(sandbox)
            .fetch_optional(conn)
            .await?
            .flatten();
    Ok(text.and_then(|text| text.parse().ok()))
}

/// Gives a sandbox an address.
///
/// # Errors
/// [`StoreError::Database`], also if another sandbox of the node has it.
pub async fn set_address(
    conn: &mut SqliteConnection,
    sandbox: SandboxId,
    address: Ipv4Addr,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sandboxes SET net_address = $2 WHERE id = $1")
        .bind(sandbox)
        .bind(address.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// The addresses that sandboxes of a node have, stopped ones included.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn addresses(
    conn: &mut SqliteConnection,
    node: &str,
) -> Result<Vec<Ipv4Addr>, StoreError> {
    let texts: Vec<String> = sqlx::query_scalar(
        "SELECT net_address FROM sandboxes WHERE node = $1 AND net_address IS NOT NULL",
    )
    .bind(node)
    .fetch_all(conn)
    .await?;
    Ok(texts.iter().filter_map(|text| text.parse().ok()).collect())
}

/// What names resolved to since `since`, the newest answers first.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn resolved(
    conn: &mut SqliteConnection,
    node: &str,
    since: Timestamp,
) -> Result<Vec<Resolved>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT name, address, seen_at FROM resolved_names WHERE node = $1 AND seen_at >= $2 \
         ORDER BY name, seen_at DESC, address",
    )
    .bind(node)
    .bind(since)
    .fetch_all(conn)
    .await?)
}

/// Notes that a name has an address.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn saw(
    conn: &mut SqliteConnection,
    node: &str,
    name: &str,
    address: Ipv4Addr,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO resolved_names (node, name, address, seen_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (node, name, address) DO UPDATE SET seen_at = excluded.seen_at",
    )
    .bind(node)
    .bind(name)
    .bind(address.to_string())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets answers from before `before`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn forget(conn: &mut SqliteConnection, before: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM resolved_names WHERE seen_at < $1").bind(before).execute(conn).await?;
    Ok(())
}
