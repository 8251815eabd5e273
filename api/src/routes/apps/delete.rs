//! `DELETE /v1/apps/{id}`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::ids::AppId;
use sandboxd_shared::jobs::RunningTask;
use sandboxd_shared::jobs::delete_app as job;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::auth::Tenant;
use crate::openapi::Accepted;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, Once, PathId, Prefer, Query, act};

/// What goes with the app.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteApp {
    /// What becomes of its snapshots; `keep` if not said.
    #[param(inline)]
    snapshots: Option<Snapshots>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Snapshots {
    Keep,
    Delete,
}

/// Deletes an app
///
/// Its sandbox goes too; its snapshots stay unless the request says otherwise.
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
    let delete_snapshots = query.snapshots == Some(Snapshots::Delete);
    act(&api, &tenant, &Once::unkeyed(), prefer, |conn, now| {
        Box::pin(async move {
            let app = lookup::app(conn, &owner, id).await?;
            let defaults = installation.defaults(conn).await?;
            let accepted = job::accept(
                conn,
                &app,
                delete_snapshots,
                RunningTask::Respect,
                &defaults.node,
                now,
            )
            .await?;
            Ok(accepted.into())
        })
    })
    .await
}
