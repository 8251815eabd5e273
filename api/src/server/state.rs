//! What all routes share.

use std::sync::Arc;

use sandboxd_shared::feed::Changes;
use sandboxd_shared::secrets::Keys;
use sandboxd_shared::store::Store;
use tokio_util::sync::CancellationToken;

use super::{Installation, Timeline};
use crate::auth::Auth;

/// The API of an installation.
#[derive(Debug, Clone)]
pub struct Api {
    pub(crate) store: Store,
    /// What streams and waits hang on.
    pub(crate) timeline: Timeline,
    pub(crate) auth: Arc<Auth>,
    /// What config is sealed with.
    pub(crate) keys: Keys,
    pub(crate) installation: Arc<Installation>,
    /// Streams and waits end with it.
    pub(crate) shutdown: CancellationToken,
}

impl Api {
    /// An API over an open database, which `changes` must follow. To be called inside a runtime:
    /// the timeline is followed from here on.
    #[must_use]
    pub fn new(
        store: Store,
        changes: &Changes,
        auth: Arc<Auth>,
        keys: Keys,
        installation: Installation,
        shutdown: CancellationToken,
    ) -> Self {
        let timeline = Timeline::follow(store.clone(), changes, shutdown.clone());
        Self { store, timeline, auth, keys, installation: Arc::new(installation), shutdown }
    }
}
