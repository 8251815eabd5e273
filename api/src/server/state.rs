//! What all routes share.

use std::sync::Arc;

use sandboxd_shared::feed::Changes;
use sandboxd_shared::store::Store;
use tokio_util::sync::CancellationToken;

use super::Installation;
use crate::auth::Auth;

/// The API of an installation.
#[derive(Debug, Clone)]
pub struct Api {
    pub(crate) store: Store,
    pub(crate) changes: Changes,
    pub(crate) auth: Arc<Auth>,
    pub(crate) installation: Arc<Installation>,
    /// Streams and waits end with it.
    pub(crate) shutdown: CancellationToken,
}

impl Api {
    /// An API over an open database. `changes` must follow that database.
    #[must_use]
    pub fn new(
        store: Store,
        changes: Changes,
        auth: Arc<Auth>,
        installation: Installation,
        shutdown: CancellationToken,
    ) -> Self {
        Self { store, changes, auth, installation: Arc::new(installation), shutdown }
    }
}
