//! Waking sandboxes, and noting that they are used.

use std::sync::Arc;

use async_trait::async_trait;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{ErrorBody, ErrorCode, NewAuditEntry, Operation, SandboxStatus};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::start_sandbox::{self, StartReason};
use sandboxd_shared::jobs::{Accepted, Refusal};
use sandboxd_shared::store::{Store, audit, sandboxes};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::gateway::{WakeError, Waker};
use crate::uses::Uses;

/// Wakes through the job queue.
#[derive(Debug)]
pub struct StoreWaker {
    store: Store,
    uses: Arc<Uses>,
}

impl StoreWaker {
    /// A waker that writes down uses in batches, until `shutdown`.
    #[must_use]
    pub fn start(store: Store, shutdown: CancellationToken) -> Arc<Self> {
        let uses = Uses::start(store.clone(), shutdown);
        Arc::new(Self { store, uses })
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
            self.uses.note(id);
        }
    }
}
