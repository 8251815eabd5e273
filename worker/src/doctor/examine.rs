//! All checks of a node.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::domain::DriverKind;
use sandboxd_shared::node::{Finding, chain};
use sandboxd_shared::store::{Store, nodes};

use crate::sandbox::{Capacity, Containers};

/// How long one check may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Looks at a node.
#[derive(Debug)]
pub struct Doctor {
    pub(super) store: Store,
    pub(super) node: String,
    pub(super) containers: Containers,
    pub(super) capacity: Arc<dyn Capacity>,
    pub(super) data: PathBuf,
}

impl Doctor {
    /// Of a node whose data directory is `data`.
    #[must_use]
    pub fn new(containers: Containers, capacity: Arc<dyn Capacity>, data: PathBuf) -> Self {
        let storage = &containers.storage;
        let (store, node) = (storage.store.clone(), storage.node.clone());
        Self { store, node, containers, capacity, data }
    }

    /// Everything that was found, what is as it should be included.
    pub async fn examine(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        found.extend(in_time("engine", self.engine()).await);
        found.extend(in_time("network", self.network()).await);
        found.extend(in_time("storage", self.storage()).await);
        found.extend(in_time("disk", async { self.disk() }).await);
        found.extend(in_time("orphans", self.orphans()).await);
        found
    }

    async fn network(&self) -> Vec<Finding> {
        vec![match self.containers.guard.inspect().await {
            Ok(true) => Finding::ok("network", "the firewall's rules are in place"),
            Ok(false) => Finding::warning(
                "network",
                "SANDBOXD_FIREWALL is off: sandboxes reach the host and its networks",
                "start the workers without SANDBOXD_FIREWALL=off unless every tenant is trusted",
            ),
            Err(error) => Finding::error(
                "network",
                format!("the firewall's rules are not in place: {}", chain(&error)),
                "nothing starts until they are: mend what is said here; the leading worker sets \
                 them again within seconds",
            ),
        }]
    }

    async fn storage(&self) -> Vec<Finding> {
        let read = async { nodes::get(&mut *self.store.read().await?, &self.node).await };
        vec![match read.await {
            Ok(Some(node)) if node.driver == DriverKind::Overlay => {
                Finding::ok("storage", format!("overlay workspaces: {}", node.driver_reason))
            }
            Ok(Some(node)) => Finding::warning(
                "storage",
                format!("workspaces are copies: {}", node.driver_reason),
                "captures, restores and forks take the longer the larger a workspace is; to have \
                 them at once, put the data directory on ext4 or xfs with a rootful engine, on a \
                 new installation",
            ),
            Ok(None) => Finding::error(
                "storage",
                "the node has no workspace driver",
                "start a worker while the engine runs: it finds out which works",
            ),
            Err(error) => unread("storage", &error),
        }]
    }
}

/// A check, or that it took too long.
async fn in_time(check: &str, work: impl Future<Output = Vec<Finding>>) -> Vec<Finding> {
    tokio::time::timeout(LIMIT, work).await.unwrap_or_else(|_| {
        let message = format!("this could not be looked at within {LIMIT:?}");
        vec![Finding::error(check, message, "look at the host's load, and try again")]
    })
}

/// A check that failed by itself.
pub(super) fn unread(check: &str, error: &dyn std::error::Error) -> Finding {
    let message = format!("this could not be looked at: {}", chain(error));
    Finding::error(check, message, "the worker's log may say more")
}
