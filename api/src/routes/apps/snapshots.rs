//! `GET /v1/apps/{id}/snapshots`

use axum::extract::State;
use sandboxd_shared::ids::{AppId, SnapshotId};
use sandboxd_shared::store::snapshots;
use serde::Deserialize;
use serde_json::json;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId, Query, page};

/// Which snapshots.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListAppSnapshots {
    limit: Option<i64>,
    before: Option<SnapshotId>,
}

/// A page of the app's snapshots, newest first; each names its parent.
pub(crate) async fn list_app_snapshots(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<AppId>,
    Query(query): Query<ListAppSnapshots>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?;
    let mut conn = api.store.read().await?;
    let app = lookup::app(&mut conn, &tenant, id).await?;
    let found = snapshots::list(&mut conn, tenant.as_str(), Some(app.id), &page.to_read()).await?;
    Ok(Answer::ok(&page.body("snapshots", found, |row| row.id.to_string(), |row| json!(row))))
}
