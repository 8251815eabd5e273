//! Waking sandboxes, and noting that they are used.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{ErrorBody, ErrorCode, NewAuditEntry, Operation, SandboxStatus};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::start_sandbox::{self, StartReason};
use sandboxd_shared::jobs::{Accepted, Refusal};
use sandboxd_shared::store::{Store, StoreError, audit, sandboxes};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::gateway::{WakeError, Waker};

/// How often uses are written down.
const FLUSH: Duration = Duration::from_secs(2);

/// Wakes through the job queue.
#[derive(Debug)]
pub struct StoreWaker {
    store: Store,
    used: Mutex<HashSet<SandboxId>>,
}

impl StoreWaker {
    /// A waker that writes down uses in batches, until `shutdown`.
    #[must_use]
    pub fn start(store: Store, shutdown: CancellationToken) -> Arc<Self> {
        let waker = Arc::new(Self { store, used: Mutex::default() });
        let this = Arc::clone(&waker);
        tokio::spawn(async move {
            while shutdown.run_until_cancelled(tokio::time::sleep(FLUSH)).await.is_some() {
                this.flush().await;
            }
            this.flush().await;
        });
        waker
    }

    async fn flush(&self) {
        let used = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
        if used.is_empty() {
            return;
        }
        if let Err(error) = self.write_uses(&used).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "uses could not be written down"
            );
        }
    }

    async fn write_uses(&self, used: &HashSet<SandboxId>) -> Result<(), StoreError> {
        let now = self.store.clock().now();
        let mut tx = self.store.write_lightly().await?;
        for id in used {
            sandboxes::touch(&mut tx, *id, now).await?;
        }
        tx.commit_quietly().await
    }

    async fn enqueue(&self, id: SandboxId) -> Result<(), Refusal> {
        let now = self.store.clock().now();
        let mut tx = self.store.write().await?;
        let Some(sandbox) = sandboxes::get(&mut tx, id).await? else {
            return Err(ErrorBody::not_found("sandbox").into());
        };
        match sandbox.status {
            // The gateway's table may be a moment behind: one that runs needs no other start.
            SandboxStatus::Running => return Ok(()),
            // Calls a stop for want of use off, if it hasn't begun.
            SandboxStatus::Stopping => sandboxes::touch(&mut tx, id, now).await?,
            _ => {
                let accepted =
                    start_sandbox::accept(&mut tx, &sandbox, StartReason::Wake, now).await?;
                if let Accepted::New(operation) = &accepted {
                    audit::append(&mut tx, &entry(operation, now)).await.map_err(Refusal::Store)?;
                }
            }
        }
        tx.commit().await?;
        Ok(())
    }
}

/// What the audit log says of a wake. Who visits isn't told: it may be anybody.
fn entry(operation: &Operation, now: Timestamp) -> NewAuditEntry {
    NewAuditEntry {
        owner: operation.owner.clone(),
        actor: "preview".to_owned(),
        action: "wake_sandbox".to_owned(),
        method: String::new(),
        route: String::new(),
        targets: json!({
            "app_id": operation.app_id,
            "sandbox_id": operation.sandbox_id,
            "operation_id": operation.id,
        }),
        status: None,
        request_id: None,
        peer: None,
        at: now,
    }
}

#[async_trait]
impl Waker for StoreWaker {
    async fn wake(&self, sandbox: &str) -> Result<(), WakeError> {
        let id: SandboxId = sandbox.parse().map_err(|_| WakeError::NotWakeable)?;
        match self.enqueue(id).await {
            Ok(()) => Ok(()),
            // A capture has it; it is asked for again when that has ended.
            Err(Refusal::Client(error)) if error.code == ErrorCode::OperationInProgress => Ok(()),
            Err(Refusal::Client(error)) if error.code == ErrorCode::Capacity => {
                Err(WakeError::Capacity)
            }
            Err(Refusal::Client(error))
                if matches!(error.code, ErrorCode::QuotaExceeded | ErrorCode::RateLimited) =>
            {
                Err(WakeError::Quota)
            }
            Err(Refusal::Client(_)) => Err(WakeError::NotWakeable),
            Err(Refusal::Store(error)) => Err(WakeError::Failed(Box::new(error))),
        }
    }

    fn touch(&self, sandbox: &str) {
        if let Ok(id) = sandbox.parse() {
            self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        }
    }
}
