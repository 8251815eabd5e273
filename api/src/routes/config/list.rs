//! `GET /v1/apps/{id}/config`

use axum::extract::State;
use sandboxd_shared::ids::AppId;
use sandboxd_shared::store::{StoreError, config};
use serde_json::{Value, json};

use super::entry::shown;
use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId};

/// All entries by key, which are few enough for one page.
pub(crate) async fn list_config(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<AppId>,
) -> Result<Answer, ApiError> {
    let mut conn = api.store.read().await?;
    lookup::app(&mut conn, &tenant, id).await?;
    let rows = config::list(&mut conn, id).await?;
    let ring = api.keys.ring().map_err(StoreError::from)?;
    let entries: Vec<Value> =
        rows.iter().map(|row| shown(&ring, id, row)).collect::<Result<_, _>>()?;
    Ok(Answer::ok(&json!({ "config": entries })))
}
