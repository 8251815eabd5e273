//! Workspaces of snapshots, opened for their files. Nobody holds a lock: layers never change, and
//! one that was given up never comes back.

use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::store::{StoreError, layers};

use super::storage::Storage;
use crate::runner::JobError;
use crate::workspace::{self, Chain, View};

/// How often opening is begun again because layers went meanwhile.
const ATTEMPTS: usize = 3;

/// A snapshot's workspace that is open, and what it stands on.
#[derive(Debug)]
pub struct Sealed {
    /// Its tree.
    pub view: View,
    /// The layers that it was opened with.
    pub layers: Vec<String>,
}

impl Storage {
    /// Opens the workspace of the snapshot that stands on `layer`; none is an empty one. What is
    /// read of it was there only if [`are_in_place`](Self::are_in_place) says so afterwards.
    ///
    /// # Errors
    /// A conflict if the snapshot is deleted meanwhile; of the database or the file system.
    pub async fn open_sealed(&self, layer: Option<&str>) -> Result<Sealed, JobError> {
        for _ in 0..ATTEMPTS {
            let chain = self.chain(&mut *self.store.read().await?, layer).await?;
            if chain.depth() == 0 && layer.is_some() {
                break;
            }
            match self.driver.view(&chain).await {
                // Its bytes have gone, or were merged into another layer since.
                Err(workspace::Error::LayerMissing(_)) => {}
                opened => return Ok(Sealed { view: opened?, layers: names(&chain) }),
            }
        }
        let public = ErrorBody::new(ErrorCode::Conflict, "the snapshot was deleted meanwhile");
        Err(JobError::Fail { public, cause: None })
    }

    /// Whether all of these layers are still there, and so were all the time.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn are_in_place(&self, layers: &[String]) -> Result<bool, StoreError> {
        layers::are_ready(&mut *self.store.read().await?, layers).await
    }
}

fn names(chain: &Chain) -> Vec<String> {
    chain.layers().iter().map(|layer| layer.as_str().to_owned()).collect()
}
