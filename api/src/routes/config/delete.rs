//! `DELETE /v1/apps/{id}/config/{key}`

use axum::extract::State;
use sandboxd_shared::domain::{ErrorBody, EventType, NewEvent};
use sandboxd_shared::store::{config, events};

use super::entry::told;
use super::path::EntryPath;
use crate::audit;
use crate::auth::Tenant;
use crate::openapi::Conflict;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError};

/// Removes an entry from an app's config
#[utoipa::path(
    delete, path = "/v1/apps/{id}/config/{key}", tag = "config",
    params(EntryPath),
    responses((status = 204, description = "It is gone"), Conflict),
)]
pub(crate) async fn delete_config(
    State(api): State<Api>,
    tenant: Tenant,
    path: EntryPath,
) -> Result<Answer, ApiError> {
    let mut tx = api.store.write().await?;
    let now = api.store.clock().now();
    let app = lookup::app(&mut tx, &tenant, path.app).await?;
    if let Some(deleting) = app.active_operation_id {
        return Err(ErrorBody::in_progress(deleting).into());
    }
    let entry = path.find(&mut tx).await?.entry;
    config::delete(&mut tx, app.id, &entry.key).await?;
    let event =
        NewEvent::new(tenant.as_str(), EventType::ConfigDeleted).app(app.id).payload(told(&entry));
    events::append(&mut tx, &event, now).await?;
    let answer = Answer::no_content();
    audit::commit(tx, &tenant, &answer, None, now).await?;
    Ok(answer)
}
