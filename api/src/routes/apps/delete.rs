//! `DELETE /v1/apps/{id}`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::ids::AppId;
use sandboxd_shared::jobs::delete_app as job;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::auth::Tenant;
use crate::openapi::Accepted;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, Once, PathId, Prefer, Query, act, running_task};

/// What goes with the app.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteApp {
    /// What becomes of its snapshots; `keep` if not said.
    #[param(inline)]
    snapshots: Option<Snapshots>,
    /// Cancels a task that is under way; otherwise that is 409 `task_in_progress`.
    #[serde(default)]
    force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Snapshots {
    Keep,
    Delete,
}

/// Deletes an app
///
/// Its sandbox goes too; its snapshots stay unless the request says otherwise. A task that is under way is
/// in the way, unless `force` cancels it.
#[utoipa::path(
    delete, path = "/v1/apps/{id}", tag = "apps",
    params(PathId<AppId>, DeleteApp, Prefer),
    responses(Accepted, (status = 204, description = "With `Prefer: wait`: it is gone")),
)]
pub(crate) async fn delete_app(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<AppId>,
    Query(query): Query<DeleteApp>,
) -> Result<Response, ApiError> {
    let (owner, installation) = (tenant.clone(), api.installation.clone());
    let running = running_task(query.force);
    let delete_snapshots = query.snapshots == Some(Snapshots::Delete);
    act(&api, &tenant, &Once::unkeyed(), prefer, |conn, now| {
        Box::pin(async move {
            let app = lookup::app(conn, &owner, id).await?;
            let defaults = installation.defaults(conn).await?;
            let node = &defaults.node;
            let accepted = job::accept(conn, &app, delete_snapshots, running, node, now).await?;
            Ok(accepted.into())
        })
    })
    .await
}
