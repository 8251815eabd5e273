//! Waiting for an operation to finish, on the process's one feed of changes.

use std::time::Duration;

use sandboxd_shared::domain::Operation;
use sandboxd_shared::ids::OperationId;
use sandboxd_shared::store::{StoreError, operations};
use tokio::time::{Instant, sleep_until};

use crate::auth::Tenant;
use crate::server::Api;

/// The longest that a request waits for an operation.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(60);

/// The tenant's operation when it has finished, or as it is after `limit` or when the process
/// goes down; none if there is no such operation.
pub(crate) async fn until_finished(
    api: &Api,
    tenant: &Tenant,
    id: OperationId,
    limit: Duration,
) -> Result<Option<Operation>, StoreError> {
    let deadline = Instant::now() + limit;
    let mut changes = api.changes.receiver();
    loop {
        // Marked before the look, so that what is committed after the look wakes us.
        changes.mark_unchanged();
        let found = operations::find(&mut *api.store.read().await?, tenant.as_str(), id).await?;
        if found.as_ref().is_none_or(|operation| operation.status.is_final()) {
            return Ok(found);
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return Ok(found) },
            () = sleep_until(deadline) => return Ok(found),
            () = api.shutdown.cancelled() => return Ok(found),
        }
    }
}
