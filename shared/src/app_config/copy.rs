//! An app's config copied to its forks.

use sqlx::SqliteConnection;

use super::open;
use super::value::seal_text;
use crate::clock::Timestamp;
use crate::domain::ConfigEntry;
use crate::ids::AppId;
use crate::secrets::Keys;
use crate::store::StoreError;
use crate::store::config::{self, Row};

/// Copies all entries of an app to new apps that have none, sealed for each of them. Sensitive
/// ones stay so. Gives how many entries there are.
///
/// # Errors
/// [`StoreError`], also for a value that can't be opened.
pub async fn copy(
    conn: &mut SqliteConnection,
    keys: &Keys,
    from: AppId,
    to: &[AppId],
    now: Timestamp,
) -> Result<usize, StoreError> {
    let rows = config::list(conn, from).await?;
    let ring = keys.ring()?;
    for row in &rows {
        let value = open(&ring, from, &row.entry.key, &row.sealed)?;
        for app in to {
            let copied = Row {
                entry: ConfigEntry { created_at: now, updated_at: now, ..row.entry.clone() },
                sealed: seal_text(&ring, *app, &row.entry.key, &value)?,
                json_bytes: row.json_bytes,
            };
            config::insert(conn, *app, &copied).await?;
        }
    }
    Ok(rows.len())
}
