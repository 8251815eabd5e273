//! Following the engine: its events tell of deaths at once, and whether it answers at all is
//! written down for `readyz`.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use sandboxd_shared::store::{StoreError, nodes};
use tokio_util::sync::CancellationToken;

use super::Reconciler;
use crate::runtime::{ContainerEventKind, RuntimeError};

/// How soon an engine that doesn't answer is asked again.
const RETRY: Duration = Duration::from_secs(1);
/// How often an engine without news is asked whether it lives.
const PING: Duration = Duration::from_secs(5);

impl Reconciler {
    /// Follows the engine's events until `shutdown`.
    pub(super) async fn follow_engine(self: Arc<Self>, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let followed = tokio::select! {
                followed = self.follow() => followed,
                () = shutdown.cancelled() => return,
            };
            if let Err(error) = followed {
                let text =
                    "the container engine is not reachable; check on the host that Docker runs";
                if self.note_engine(Some(text)).await {
                    tracing::error!(error = &error as &dyn std::error::Error, "{text}");
                }
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn follow(&self) -> Result<(), RuntimeError> {
        let runtime = &self.containers.runtime;
        let mut events = runtime.events().await?;
        runtime.ping().await?;
        if self.note_engine(None).await {
            tracing::info!("the container engine answers again");
        }
        // What happened before is seen by looking.
        self.news.notify_one();
        loop {
            match tokio::time::timeout(PING, events.next()).await {
                Ok(Some(event)) => {
                    let event = event?;
                    if event.kind == ContainerEventKind::Oom {
                        self.hear_of_memory(&event.sandbox_id).await;
                    }
                    let looks = matches!(
                        event.kind,
                        ContainerEventKind::Died { .. }
                            | ContainerEventKind::Oom
                            | ContainerEventKind::Removed
                            | ContainerEventKind::Started
                    );
                    if looks {
                        self.news.notify_one();
                    }
                }
                Ok(None) => return Ok(()),
                Err(_) => {
                    runtime.ping().await?;
                }
            }
        }
    }

    /// Writes down whether the engine answers. Says whether that is new.
    async fn note_engine(&self, error: Option<&str>) -> bool {
        let write = async {
            let mut tx = self.store.write().await?;
            let now = self.store.clock().now();
            let changed = nodes::set_engine_error(&mut tx, &self.node, error, now).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(changed)
        };
        write.await.unwrap_or_else(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the engine's state could not be recorded"
            );
            false
        })
    }
}
