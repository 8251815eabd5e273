//! `POST /v1/apps/{id}/adopt`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::ids::AppId;
use sandboxd_shared::jobs::RunningTask;
use sandboxd_shared::jobs::adopt_app as job;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::openapi::Accepted;
use crate::routes::lookup;
use crate::server::Api;
use crate::view::SandboxView;
use crate::web::{ApiError, PathId, Post, Prefer, act};

/// What is adopted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"from_app_id": "01JD4X8QK3M5N7P9R1S3T5V7W9"})))]
pub(crate) struct AdoptApp {
    /// A fork of this app.
    from_app_id: AppId,
    /// Whether the children that the same exploration made beside it are deleted, with their
    /// snapshots; true if not said.
    delete_others: Option<bool>,
}

/// Adopts the workspace of a fork
///
/// The fork's workspace, as it is now, replaces the app's, as a restore does: the sandbox keeps its
/// id, URL, settings and config, and what is replaced is kept as a `safety` snapshot. The fork itself
/// stays; the others of its exploration go.
#[utoipa::path(
    post, path = "/v1/apps/{id}/adopt", tag = "apps",
    params(PathId<AppId>, Prefer),
    request_body = AdoptApp,
    responses(
        Accepted,
        (status = 201, description = "With `Prefer: wait`: the sandbox", body = SandboxView),
    ),
)]
pub(crate) async fn adopt_app(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<AppId>,
    Post { body, once }: Post<AdoptApp>,
) -> Result<Response, ApiError> {
    let spec = job::Spec {
        delete_others: body.delete_others.unwrap_or(true),
        running: RunningTask::Respect,
    };
    let owner = tenant.clone();
    act(&api, &tenant, &once, prefer, |conn, now| {
        Box::pin(async move {
            let app = lookup::app(conn, &owner, id).await?;
            let child = lookup::app(conn, &owner, body.from_app_id).await?;
            Ok(job::accept(conn, &app, &child, spec, now).await?.into())
        })
    })
    .await
}
