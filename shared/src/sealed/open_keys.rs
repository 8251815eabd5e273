//! The keys of an installation, checked against what its database holds.

use std::path::Path;

use crate::secrets::{Keys, SecretsError, SecretsOptions};
use crate::store::webhooks::secrets;
use crate::store::{Store, StoreError, config};

/// Opens the keys at a process' start; whoever is first makes them.
///
/// # Errors
/// [`StoreError::Sealed`] if the keys can't be had, or can't open what the database holds: a
/// process with the wrong keys must not begin.
pub async fn open_keys(
    store: &Store,
    options: &SecretsOptions,
    data_dir: &Path,
) -> Result<Keys, StoreError> {
    let mut conn = store.read().await?;
    let anything_sealed = config::any(&mut conn).await? || secrets::any(&mut conn).await?;
    let keys = Keys::open(options, data_dir, anything_sealed)?;
    // Before and after looking at the rows: a rotation may be under way.
    let mut used = config::key_ids(&mut conn).await?;
    used.extend(secrets::key_ids(&mut conn).await?);
    let ring = keys.ring()?;
    match used.into_iter().find(|id| !ring.knows(id)) {
        Some(unknown) => Err(SecretsError::UnknownKey(unknown).into()),
        None => Ok(keys),
    }
}
