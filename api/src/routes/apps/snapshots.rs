//! `GET /v1/apps/{id}/snapshots`

use axum::extract::State;
use sandboxd_shared::domain::SnapshotKind;
use sandboxd_shared::ids::{AppId, SnapshotId};
use sandboxd_shared::store::snapshots::{self, Filter};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::routes::snapshots::list::SnapshotList;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId, Query, page};

/// Which snapshots.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAppSnapshots {
    limit: Option<i64>,
    before: Option<SnapshotId>,
    kind: Option<SnapshotKind>,
}

/// Lists an app's snapshots, newest first
///
/// Each names its parent, which makes them a tree.
#[utoipa::path(
    get, path = "/v1/apps/{id}/snapshots", tag = "apps",
    params(PathId<AppId>, ListAppSnapshots),
    responses((status = 200, description = "A page", body = SnapshotList)),
)]
pub(crate) async fn list_app_snapshots(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<AppId>,
    Query(query): Query<ListAppSnapshots>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?;
    let mut conn = api.store.read().await?;
    let app = lookup::app(&mut conn, &tenant, id).await?;
    let filter = Filter { app_id: Some(app.id), kind: query.kind };
    let found = snapshots::list(&mut conn, tenant.as_str(), &filter, &page.to_read()).await?;
    let (snapshots, next_before) = page.cut(found, |snapshot| snapshot.id);
    Ok(Answer::ok(&SnapshotList { snapshots, next_before }))
}
