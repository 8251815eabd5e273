//! `GET /v1/snapshots`

use axum::extract::State;
use sandboxd_shared::domain::{Snapshot, SnapshotKind};
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::store::snapshots::{self, Filter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Tenant;
use crate::server::Api;
use crate::web::{Answer, ApiError, Query, page};

/// Which snapshots.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListSnapshots {
    limit: Option<i64>,
    before: Option<SnapshotId>,
    kind: Option<SnapshotKind>,
}

/// A page of snapshots.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SnapshotList {
    pub(crate) snapshots: Vec<Snapshot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) next_before: Option<SnapshotId>,
}

/// Lists snapshots, newest first
#[utoipa::path(
    get, path = "/v1/snapshots", tag = "snapshots",
    params(ListSnapshots),
    responses((status = 200, description = "A page", body = SnapshotList)),
)]
pub(crate) async fn list_snapshots(
    State(api): State<Api>,
    tenant: Tenant,
    Query(query): Query<ListSnapshots>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?;
    let filter = Filter { app_id: None, kind: query.kind };
    let mut conn = api.store.read().await?;
    let found = snapshots::list(&mut conn, tenant.as_str(), &filter, &page.to_read()).await?;
    let (snapshots, next_before) = page.cut(found, |snapshot| snapshot.id);
    Ok(Answer::ok(&SnapshotList { snapshots, next_before }))
}
