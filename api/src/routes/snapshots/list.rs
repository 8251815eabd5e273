//! `GET /v1/snapshots`

use axum::extract::State;
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::store::snapshots;
use serde::Deserialize;
use serde_json::json;

use crate::auth::Tenant;
use crate::server::Api;
use crate::web::{Answer, ApiError, Query, page};

/// Which snapshots.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListSnapshots {
    limit: Option<i64>,
    before: Option<SnapshotId>,
}

/// A page of snapshots, newest first.
pub(crate) async fn list_snapshots(
    State(api): State<Api>,
    tenant: Tenant,
    Query(query): Query<ListSnapshots>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?;
    let mut conn = api.store.read().await?;
    let found = snapshots::list(&mut conn, tenant.as_str(), None, &page.to_read()).await?;
    Ok(Answer::ok(&page.body("snapshots", found, |row| row.id.to_string(), |row| json!(row))))
}
