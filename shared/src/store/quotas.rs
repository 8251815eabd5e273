//! The limits of tenants, as rows: every process that accepts work sees the same ones.

use std::collections::HashMap;

use sqlx::SqliteConnection;

use super::StoreError;
use crate::domain::Quota;

/// Holds what a tenant has that was given nothing of its own. No tenant can have this name.
const DEFAULT: &str = "(default)";

/// The limits of one tenant. A quota without one isn't limited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits(HashMap<Quota, i64>);

impl Limits {
    /// The limit of a quota; none if there is none.
    #[must_use]
    pub fn get(&self, quota: Quota) -> Option<i64> {
        self.0.get(&quota).copied().filter(|limit| *limit > 0)
    }
}

/// The limits in force for a tenant.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn of(conn: &mut SqliteConnection, tenant: &str) -> Result<Limits, StoreError> {
    let rows: Vec<(Quota, i64)> = sqlx::query_as(
        // What is the tenant's own comes last, and stays.
        "SELECT quota, value FROM quotas WHERE tenant IN ($1, $2) ORDER BY tenant = $1",
    )
    .bind(tenant)
    .bind(DEFAULT)
    .fetch_all(conn)
    .await?;
    Ok(Limits(rows.into_iter().collect()))
}

/// Limits of one quota: what all have, and what some were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfAll {
    default: Option<i64>,
    own: HashMap<String, i64>,
}

impl OfAll {
    /// The limit of a tenant; none if there is none.
    #[must_use]
    pub fn get(&self, tenant: &str) -> Option<i64> {
        self.own.get(tenant).copied().or(self.default).filter(|limit| *limit > 0)
    }
}

/// The limits that all tenants have in one quota.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn of_all(conn: &mut SqliteConnection, quota: Quota) -> Result<OfAll, StoreError> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT tenant, value FROM quotas WHERE quota = $1")
            .bind(quota)
            .fetch_all(conn)
            .await?;
    let mut own: HashMap<String, i64> = rows.into_iter().collect();
    Ok(OfAll { default: own.remove(DEFAULT), own })
}

/// What a tenant was given: all that differs from the defaults.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn given(
    conn: &mut SqliteConnection,
    tenant: &str,
) -> Result<Vec<(Quota, i64)>, StoreError> {
    Ok(sqlx::query_as("SELECT quota, value FROM quotas WHERE tenant = $1 ORDER BY quota")
        .bind(tenant)
        .fetch_all(conn)
        .await?)
}

/// Gives a tenant a limit of its own, or with none takes it away.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set(
    conn: &mut SqliteConnection,
    tenant: &str,
    quota: Quota,
    value: Option<i64>,
) -> Result<(), StoreError> {
    let Some(value) = value else {
        sqlx::query("DELETE FROM quotas WHERE tenant = $1 AND quota = $2")
            .bind(tenant)
            .bind(quota)
            .execute(conn)
            .await?;
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO quotas (tenant, quota, value) VALUES ($1, $2, $3) \
         ON CONFLICT (tenant, quota) DO UPDATE SET value = excluded.value",
    )
    .bind(tenant)
    .bind(quota)
    .bind(value)
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets what tenants have that were given nothing of their own.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_defaults(
    conn: &mut SqliteConnection,
    limits: &[(Quota, i64)],
) -> Result<(), StoreError> {
    for (quota, value) in limits {
        set(conn, DEFAULT, *quota, Some(*value)).await?;
    }
    Ok(())
}
