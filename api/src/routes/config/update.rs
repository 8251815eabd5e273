//! `PATCH /v1/apps/{id}/config/{key}`

use axum::extract::State;
use sandboxd_shared::app_config::seal;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{AccessPolicy, ConfigValue, ErrorBody, EventType, NewEvent};
use sandboxd_shared::ids::AppId;
use sandboxd_shared::secrets::KeyRing;
use sandboxd_shared::store::config::{self, Row};
use sandboxd_shared::store::{StoreError, events};
use serde::Deserialize;
use utoipa::ToSchema;

use super::entry::{EntryView, shown, told};
use super::limits;
use super::path::EntryPath;
use crate::audit;
use crate::auth::Tenant;
use crate::openapi::Conflict;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, JsonBody, some};

/// What changes; an absent field stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"value": "another secret"})))]
pub(crate) struct UpdateConfig {
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    value: Option<ConfigValue>,
    /// What was sensitive becomes visible only with a new value.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    sensitive: Option<bool>,
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    access_policy: Option<AccessPolicy>,
}

/// Changes an entry of an app's config
///
/// Running dev servers that get the value are started again with it.
#[utoipa::path(
    patch, path = "/v1/apps/{id}/config/{key}", tag = "config",
    params(EntryPath),
    request_body = UpdateConfig,
    responses((status = 200, description = "The entry as it is now", body = EntryView), Conflict),
)]
pub(crate) async fn update_config(
    State(api): State<Api>,
    tenant: Tenant,
    path: EntryPath,
    JsonBody(body): JsonBody<UpdateConfig>,
) -> Result<Answer, ApiError> {
    let mut tx = api.store.write().await?;
    let now = api.store.clock().now();
    let app = lookup::app(&mut tx, &tenant, path.app).await?;
    if let Some(deleting) = app.active_operation_id {
        return Err(ErrorBody::in_progress(deleting).into());
    }
    let row = path.find(&mut tx).await?;
    let ring = api.keys.ring().map_err(StoreError::from)?;
    if let Some(value) = &body.value {
        limits::check(&mut tx, app.id, &row.entry.key, value).await?;
    }
    let Some(row) = body.apply(row.clone(), &ring, app.id, now)? else {
        return Ok(Answer::ok(&shown(&ring, app.id, &row)?));
    };
    config::replace(&mut tx, app.id, &row).await?;
    let event = NewEvent::new(tenant.as_str(), EventType::ConfigUpdated)
        .app(app.id)
        .payload(told(&row.entry));
    events::append(&mut tx, &event, now).await?;
    let answer = Answer::ok(&shown(&ring, app.id, &row)?);
    audit::commit(tx, &tenant, &answer, None, now).await?;
    Ok(answer)
}

impl UpdateConfig {
    /// The entry with the change; none if there is nothing to change.
    fn apply(
        self,
        mut row: Row,
        ring: &KeyRing,
        app: AppId,
        now: Timestamp,
    ) -> Result<Option<Row>, ApiError> {
        if self.value.is_none() && self.sensitive.is_none() && self.access_policy.is_none() {
            return Ok(None);
        }
        if row.entry.sensitive && self.sensitive == Some(false) && self.value.is_none() {
            return Err(ApiError::field(
                "sensitive",
                "a sensitive value is never shown again; send a new value together with this",
            ));
        }
        if let Some(policy) = self.access_policy {
            policy
                .check_name(&row.entry.key)
                .map_err(|error| ApiError::field("access_policy", error))?;
            row.entry.access_policy = policy;
        }
        row.entry.sensitive = self.sensitive.unwrap_or(row.entry.sensitive);
        if let Some(value) = self.value {
            row.sealed = seal(ring, app, &row.entry.key, &value).map_err(StoreError::from)?;
            row.json_bytes = i64::try_from(value.json_bytes()).unwrap_or(i64::MAX);
        }
        row.entry.updated_at = now;
        Ok(Some(row))
    }
}
