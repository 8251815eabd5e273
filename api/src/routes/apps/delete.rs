//! `DELETE /v1/apps/{id}`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::ids::AppId;
use sandboxd_shared::jobs::delete_app as job;
use serde::Deserialize;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, Once, PathId, Prefer, Query, act};

/// What goes with the app.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteApp {
    snapshots: Option<Snapshots>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Snapshots {
    Keep,
    Delete,
}

/// 202 with the operation.
pub(crate) async fn delete_app(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<AppId>,
    Query(query): Query<DeleteApp>,
) -> Result<Response, ApiError> {
    let (owner, installation) = (tenant.clone(), api.installation.clone());
    let delete_snapshots = query.snapshots == Some(Snapshots::Delete);
    act(&api, &tenant, &Once::unkeyed(), prefer, |conn, now| {
        Box::pin(async move {
            let app = lookup::app(conn, &owner, id).await?;
            let defaults = installation.defaults(conn).await?;
            let accepted = job::accept(conn, &app, delete_snapshots, &defaults, now).await?;
            Ok(accepted.into())
        })
    })
    .await
}
