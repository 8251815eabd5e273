//! Waiting for an operation to finish, on the process's one reading of the timeline.

use std::time::Duration;

use sandboxd_shared::domain::Operation;
use sandboxd_shared::ids::OperationId;
use sandboxd_shared::store::{StoreError, operations};
use tokio::time::{Instant, sleep_until};

use crate::auth::Tenant;
use crate::server::{Api, Heard, Told};

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
    // Heard from before the look, so that what is committed after the look wakes us.
    let mut heard = api.timeline.subscribe();
    loop {
        let found = operations::find(&mut *api.store.read().await?, tenant.as_str(), id).await?;
        if found.as_ref().is_none_or(|operation| operation.status.is_final()) {
            return Ok(found);
        }
        tokio::select! {
            () = told_of(&mut heard, id) => {}
            () = sleep_until(deadline) => return Ok(found),
            () = api.shutdown.cancelled() => return Ok(found),
        }
    }
}

/// Waits until something was told of the operation, as is done whenever one ends.
async fn told_of(heard: &mut Heard, id: OperationId) {
    loop {
        match heard.next().await {
            Told::Event(news) if news.event.operation_id != Some(id) => {}
            Told::Event(_) | Told::LookAgain => return,
        }
    }
}
