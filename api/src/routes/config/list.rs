//! `GET /v1/apps/{id}/config`

use axum::extract::State;
use sandboxd_shared::ids::AppId;
use sandboxd_shared::store::{StoreError, config};
use serde::Serialize;
use utoipa::ToSchema;

use super::entry::{EntryView, shown};
use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId};

/// All entries of an app.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfigList {
    config: Vec<EntryView>,
}

/// Lists an app's config, by key
///
/// All of it: an app has at most 200 entries. Sensitive values are left out.
#[utoipa::path(
    get, path = "/v1/apps/{id}/config", tag = "config",
    params(PathId<AppId>),
    responses((status = 200, description = "All entries", body = ConfigList)),
)]
pub(crate) async fn list_config(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<AppId>,
) -> Result<Answer, ApiError> {
    let mut conn = api.store.read().await?;
    lookup::app(&mut conn, &tenant, id).await?;
    let rows = config::list(&mut conn, id).await?;
    let ring = api.keys.ring().map_err(StoreError::from)?;
    let config = rows.iter().map(|row| shown(&ring, id, row)).collect::<Result<_, _>>()?;
    Ok(Answer::ok(&ConfigList { config }))
}
