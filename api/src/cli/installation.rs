//! Opening the data directory and the database of an installation.

use std::sync::Arc;

use anyhow::Context;
use sandboxd_shared::clock::SystemClock;
use sandboxd_shared::config::DataOptions;
use sandboxd_shared::feed::Doorbell;
use sandboxd_shared::store::{Store, migrate};

use crate::previews::PreviewKey;

/// The database with its schema up to date, and the doorbell that it rings.
///
/// # Errors
/// A sentence for the operator, with its causes.
pub(super) async fn open(data: &DataOptions) -> anyhow::Result<(Store, Doorbell)> {
    data.make_data_dir().map_err(anyhow::Error::msg)?;
    let file = data.database_file().map_err(anyhow::Error::msg)?;
    let bell = Doorbell::open(&data.bells())?;
    let store = Store::open(&file, Arc::new(SystemClock), bell.clone())
        .await
        .with_context(|| format!("the database {} can't be opened", file.display()))?;
    migrate(&store).await?;
    Ok((store, bell))
}

/// The key of links to private previews, made by whichever process needs it first.
///
/// # Errors
/// A sentence for the operator, with its causes.
pub(super) fn preview_key(data: &DataOptions) -> anyhow::Result<PreviewKey> {
    let file = data.preview_key();
    PreviewKey::read_or_make(&file)
        .with_context(|| format!("the key {} can't be read or made", file.display()))
}
