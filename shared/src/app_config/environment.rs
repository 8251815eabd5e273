//! What processes in a sandbox get of their app's config.

use std::collections::BTreeMap;

use secrecy::SecretString;
use sqlx::SqliteConnection;

use super::open;
use crate::domain::AccessPolicy;
use crate::ids::AppId;
use crate::secrets::Keys;
use crate::store::{StoreError, config};

/// Names with values.
pub type Environment = BTreeMap<String, SecretString>;

/// The environment of an app's dev server, with the version of the config that it is of at least.
///
/// # Errors
/// [`StoreError`], also for a value that can't be opened.
pub async fn dev_server_environment(
    conn: &mut SqliteConnection,
    keys: &Keys,
    app: AppId,
) -> Result<(i64, Environment), StoreError> {
    let version = config::version(conn, app).await?;
    Ok((version, environment(conn, keys, app, AccessPolicy::reaches_dev_server).await?))
}

/// The environment of an app's agents.
///
/// # Errors
/// [`StoreError`], also for a value that can't be opened.
pub async fn agent_environment(
    conn: &mut SqliteConnection,
    keys: &Keys,
    app: AppId,
) -> Result<Environment, StoreError> {
    environment(conn, keys, app, AccessPolicy::reaches_agents).await
}

async fn environment(
    conn: &mut SqliteConnection,
    keys: &Keys,
    app: AppId,
    reaches: impl Fn(AccessPolicy) -> bool,
) -> Result<Environment, StoreError> {
    let rows = config::list(conn, app).await?;
    let ring = keys.ring()?;
    let mut values = Environment::new();
    for row in rows.iter().filter(|row| reaches(row.entry.access_policy)) {
        let value = open(&ring, app, &row.entry.key, &row.sealed)?;
        values.insert(row.entry.key.as_str().to_owned(), value);
    }
    Ok(values)
}
