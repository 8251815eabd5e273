//! Copies of trees; see `copier_check` for what they have to keep.

use super::error::{Error, Result};
use sandboxd_shared::trees::{self, CopyError};
use std::path::Path;
use std::time::Duration;

/// For copies that hold up no container: compaction, and forks under the copy driver.
pub const COPY_LIMIT: Duration = Duration::from_mins(30);
/// For copies during which a container is paused.
pub const LIVE_COPY_LIMIT: Duration = Duration::from_mins(1);

/// Copies the directory `from` with all that is in it to `to`, which is not there yet. Nobody may
/// change `from` meanwhile.
pub(super) async fn copy_tree(from: &Path, to: &Path, limit: Duration) -> Result<()> {
    trees::copy_tree(from, to, limit).await.map_err(|error| match error {
        CopyError::Run { operation, from, source } => Error::Io { operation, path: from, source },
        CopyError::Failed { from, status, output } => Error::CopyFailed { from, status, output },
        CopyError::TooLong { from, limit } => Error::CopyTimeout { from, limit },
    })
}
