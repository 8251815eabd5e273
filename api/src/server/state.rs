//! What all routes share.

use std::sync::Arc;

use sandboxd_shared::feed::Changes;
use sandboxd_shared::secrets::Keys;
use sandboxd_shared::store::Store;
use tokio_util::sync::CancellationToken;

use super::{Installation, Outputs, Timeline, standing};
use crate::audit::Auditor;
use crate::auth::Auth;
use crate::limits::{Rates, Turns};
use crate::node::Nodes;
use crate::uses::Uses;

/// The API of an installation.
#[derive(Debug, Clone)]
pub struct Api {
    pub(crate) store: Store,
    /// What streams and waits hang on.
    pub(crate) timeline: Timeline,
    /// What streams of agents' output hang on.
    pub(crate) outputs: Outputs,
    pub(crate) auth: Arc<Auth>,
    /// How often tenants ask.
    pub(crate) rates: Arc<Rates>,
    /// What they have with the workers at once.
    pub(crate) turns: Turns,
    /// The live streams that they have open at once.
    pub(crate) streams: Turns,
    pub(crate) audit: Auditor,
    /// What config is sealed with.
    pub(crate) keys: Keys,
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
        keys: Keys,
        installation: Installation,
        shutdown: CancellationToken,
    ) -> Self {
        let timeline = Timeline::follow(store.clone(), changes, shutdown.clone());
        let outputs = Outputs::follow(store.clone(), changes, shutdown.clone());
        let (rates, audit) = (Arc::<Rates>::default(), Auditor::start(store.clone()));
        standing::follow(store.clone(), changes.clone(), &auth, &rates, &shutdown);
        let nodes = Arc::new(Nodes::new(store.clone(), installation.node_sockets.clone()));
        let uses = Uses::start(store.clone(), shutdown.clone());
        let installation = Arc::new(installation);
        let (turns, streams) = (Turns::with_workers(), Turns::of_streams());
        Self {
            store,
            timeline,
            outputs,
            auth,
            rates,
            turns,
            streams,
            audit,
            keys,
            installation,
            nodes,
            uses,
            shutdown,
        }
    }

    /// Writes down what was only in memory: to be called when no request is under way any more.
    pub(super) async fn finish(&self) {
        self.audit.flush().await;
        self.auth.flush_uses(&self.store).await;
    }
}
