//! `POST /v1/apps/{id}/sandbox`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::domain::{IdlePolicy, Ports, Template, Visibility};
use sandboxd_shared::ids::AppId;
use sandboxd_shared::jobs::create_sandbox as job;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::openapi::Accepted;
use crate::routes::lookup;
use crate::routes::sandboxes::limits::LimitsChange;
use crate::routes::sandboxes::{TEMPLATE_DEFAULT, VISIBILITY_DEFAULT};
use crate::server::Api;
use crate::view::SandboxView;
use crate::web::{ApiError, Object, PathId, Post, Prefer, act};

/// What the new sandbox is like.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "template": "react-standard", "ports": [3000], "limits": {"memory": "1g", "cpus": 1.5}
})))]
pub(crate) struct CreateAppSandbox {
    /// `react-standard` if not said.
    template: Option<Template>,
    /// Port 3000 if not said.
    ports: Option<Ports>,
    /// `public` if not said.
    visibility: Option<Visibility>,
    /// `sleep` if not said.
    idle_policy: Option<IdlePolicy>,
    /// What is to differ from the installation's limits.
    #[schema(value_type = Option<LimitsChange>)]
    limits: Option<Object<LimitsChange>>,
}

/// Creates an app's sandbox
///
/// 409 if the app has one; one that could not be made (`error`) is replaced.
#[utoipa::path(
    post, path = "/v1/apps/{id}/sandbox", tag = "apps",
    params(PathId<AppId>, Prefer),
    request_body = CreateAppSandbox,
    responses(
        Accepted,
        (status = 201, description = "With `Prefer: wait`: the sandbox", body = SandboxView),
    ),
)]
pub(crate) async fn create_app_sandbox(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<AppId>,
    Post { body, once }: Post<CreateAppSandbox>,
) -> Result<Response, ApiError> {
    let Object(limits) = body.limits.unwrap_or_default();
    let spec = job::Spec {
        template: Some(body.template.unwrap_or(TEMPLATE_DEFAULT)),
        ports: body.ports.unwrap_or_default(),
        visibility: body.visibility.unwrap_or(VISIBILITY_DEFAULT),
        idle_policy: body.idle_policy.unwrap_or(IdlePolicy::Sleep),
        limits: limits.over(api.installation.limits)?,
    };
    let (owner, installation) = (tenant.clone(), api.installation.clone());
    act(&api, &tenant, &once, prefer, |conn, now| {
        Box::pin(async move {
            let app = lookup::app(conn, &owner, id).await?;
            let defaults = installation.defaults(conn).await?;
            let accepted = job::accept(conn, &app, spec, None, None, &defaults, now).await?;
            Ok(accepted.into())
        })
    })
    .await
}
