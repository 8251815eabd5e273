//! One worker of a node does its housekeeping. A lease in the database, not a file lock: a worker
//! that is stopped keeps a file lock for ever.

use std::time::Duration;

use sandboxd_shared::store::{Store, StoreError, leases};
use tokio_util::sync::CancellationToken;

/// How long the lease lasts without a renewal.
const LEASE: Duration = Duration::from_secs(10);
/// How often it is renewed or asked for.
const TICK: Duration = Duration::from_secs(3);

/// The wish to lead.
#[derive(Debug, Clone)]
pub struct Leader {
    /// The database.
    pub store: Store,
    /// The node.
    pub node: String,
    /// This worker.
    pub worker: String,
}

impl Leader {
    /// Runs `work` whenever this worker leads, until `shutdown`. `work` gets a token that ends it
    /// when the lease is lost.
    pub async fn run<F>(self, shutdown: CancellationToken, work: impl Fn(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut leading: Option<(CancellationToken, tokio::task::JoinHandle<()>)> = None;
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = shutdown.cancelled() => break,
            }
            let held = self.hold().await.unwrap_or_else(|error| {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the housekeeping lease could not be renewed"
                );
                false
            });
            match (held, leading.take()) {
                (true, Some(present)) if !present.1.is_finished() => leading = Some(present),
                (true, _) => {
                    tracing::info!(node = self.node, "this worker does the node's housekeeping");
                    let token = shutdown.child_token();
                    leading = Some((token.clone(), tokio::spawn(work(token))));
                }
                (false, Some((token, handle))) => {
                    token.cancel();
                    let _ = handle.await;
                }
                (false, None) => {}
            }
        }
        if let Some((token, handle)) = leading {
            token.cancel();
            let _ = handle.await;
            let _ = self.give_back().await;
        }
    }

    fn name(&self) -> String {
        format!("housekeeping/{}", self.node)
    }

    async fn hold(&self) -> Result<bool, StoreError> {
        let now = self.store.clock().now();
        let mut tx = self.store.write_lightly().await?;
        let held = leases::hold(&mut tx, &self.name(), &self.worker, now, now.plus(LEASE)).await?;
        tx.commit_quietly().await?;
        Ok(held)
    }

    async fn give_back(&self) -> Result<(), StoreError> {
        let mut tx = self.store.write_lightly().await?;
        leases::give_back(&mut tx, &self.name(), &self.worker).await?;
        tx.commit_quietly().await
    }
}
