//! What the jobs and the leader ask of the network's guard.

use std::fmt::Debug;

use async_trait::async_trait;
use sandboxd_shared::domain::FirewallMode;
use sandboxd_shared::feed::Changes;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::{Store, nodes};
use tokio_util::sync::CancellationToken;

use super::FirewallError;
use crate::runner::{JobContext, JobError};
use crate::runtime::Attachment;

/// Who keeps sandboxes apart.
#[async_trait]
pub trait Guard: Send + Sync + Debug {
    /// How a sandbox's container is attached to the network. Gives the sandbox an address for its
    /// life if it has none.
    ///
    /// # Errors
    /// Of the database; `capacity` if all addresses are taken.
    async fn attach(&self, cx: &JobContext, sandbox: SandboxId) -> Result<Attachment, JobError>;

    /// Returns once everything that holds the sandbox back is in place, with its policy as it is
    /// now. Nothing starts before.
    ///
    /// # Errors
    /// `capacity` if it can't be put in place.
    async fn admit(&self, sandbox: SandboxId) -> Result<(), JobError>;

    /// Looks whether everything is in place, and changes nothing. False if there are no rules that
    /// could be.
    ///
    /// # Errors
    /// What isn't in place.
    async fn inspect(&self) -> Result<bool, FirewallError>;

    /// Keeps everything in place until `shutdown`; in the worker that leads.
    async fn watch(&self, changes: Changes, shutdown: CancellationToken);
}

/// Nobody keeps them apart but the engine: an operator has turned the firewall off.
#[derive(Debug, Clone)]
pub struct Unguarded {
    /// The database.
    pub store: Store,
    /// The node.
    pub node: String,
}

#[async_trait]
impl Guard for Unguarded {
    async fn attach(&self, _: &JobContext, _: SandboxId) -> Result<Attachment, JobError> {
        Ok(Attachment::default())
    }

    async fn admit(&self, _: SandboxId) -> Result<(), JobError> {
        Ok(())
    }

    async fn inspect(&self) -> Result<bool, FirewallError> {
        Ok(false)
    }

    async fn watch(&self, _: Changes, shutdown: CancellationToken) {
        note(&self.store, &self.node, FirewallMode::Off, None).await;
        shutdown.cancelled().await;
    }
}

/// Writes down for `readyz` how things are. Says whether that is new.
pub(super) async fn note(
    store: &Store,
    node: &str,
    mode: FirewallMode,
    error: Option<&str>,
) -> bool {
    let write = async {
        let mut tx = store.write().await?;
        let changed = nodes::set_firewall(&mut tx, node, mode, error, store.clock().now()).await?;
        if changed {
            tx.commit().await?;
        }
        Ok::<_, sandboxd_shared::store::StoreError>(changed)
    };
    write.await.unwrap_or_else(|error| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the firewall's state could not be recorded"
        );
        false
    })
}
