//! `PATCH /v1/apps/{id}`

use axum::extract::State;
use sandboxd_shared::domain::{App, Description, ErrorBody, EventType, Name, NewEvent, Tags};
use sandboxd_shared::ids::AppId;
use sandboxd_shared::store::{apps, events};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::openapi::Conflict;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, JsonBody, PathId, some};

/// What changes; an absent field stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Tea shop", "description": null})))]
pub(crate) struct UpdateApp {
    name: Option<Name>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<Description>)]
    description: Option<Option<Description>>,
    tags: Option<Tags>,
}

impl UpdateApp {
    fn into_change(self) -> Option<apps::Change> {
        let change = apps::Change {
            name: self.name.map(|name| name.as_str().to_owned()),
            description: self
                .description
                .map(|given| given.map(|description| description.as_str().to_owned())),
            tags: self.tags.map(|tags| tags.as_slice().to_vec()),
        };
        let any = change.name.is_some() || change.description.is_some() || change.tags.is_some();
        any.then_some(change)
    }
}

/// Changes an app
#[utoipa::path(
    patch, path = "/v1/apps/{id}", tag = "apps",
    params(PathId<AppId>),
    request_body = UpdateApp,
    responses((status = 200, description = "The app as it is now", body = App), Conflict),
)]
pub(crate) async fn update_app(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<AppId>,
    JsonBody(body): JsonBody<UpdateApp>,
) -> Result<Answer, ApiError> {
    let mut tx = api.store.write().await?;
    let now = api.store.clock().now();
    let app = lookup::app(&mut tx, &tenant, id).await?;
    if let Some(deleting) = app.active_operation_id {
        return Err(ErrorBody::in_progress(deleting).into());
    }
    let Some(change) = body.into_change() else { return Ok(Answer::ok(&app)) };
    apps::update(&mut tx, id, &change, now).await?;
    let event = NewEvent::new(tenant.as_str(), EventType::AppUpdated).app(id);
    events::append(&mut tx, &event, now).await?;
    let app = lookup::app(&mut tx, &tenant, id).await?;
    tx.commit().await?;
    Ok(Answer::ok(&app))
}
