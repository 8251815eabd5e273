//! What all routes share.

use std::sync::Arc;

use sandboxd_shared::feed::Changes;
use sandboxd_shared::store::Store;
use tokio_util::sync::CancellationToken;

use super::{Installation, Timeline};
use crate::auth::Auth;
use crate::node::{Nodes, Uses};

/// The API of an installation.
#[derive(Debug, Clone)]
pub struct Api {
    pub(crate) store: Store,
    /// What streams and waits hang on.
    pub(crate) timeline: Timeline,
    pub(crate) auth: Arc<Auth>,
    pub(crate) installation: Arc<Installation>,
    /// The workers' node services.
    pub(crate) nodes: Arc<Nodes>,
    /// Which sandboxes are used through the API.
    pub(crate) uses: Arc<Uses>,
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
        installation: Installation,
        shutdown: CancellationToken,
    ) -> Self {
        let timeline = Timeline::follow(store.clone(), changes, shutdown.clone());
        let nodes = Arc::new(Nodes::new(store.clone(), installation.node_sockets.clone()));
        let uses = Uses::start(store.clone(), shutdown.clone());
        Self { store, timeline, auth, installation: Arc::new(installation), nodes, uses, shutdown }
    }
}
