//! `POST /v1/apps/{id}/sandbox`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::domain::{IdlePolicy, Ports, Template, Visibility};
use sandboxd_shared::ids::AppId;
use sandboxd_shared::jobs::create_sandbox as job;
use serde::Deserialize;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::routes::sandboxes::limits::LimitsChange;
use crate::routes::sandboxes::{TEMPLATE_DEFAULT, VISIBILITY_DEFAULT};
use crate::server::Api;
use crate::web::{ApiError, Object, PathId, Post, Prefer, act};

/// What the new sandbox is like.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateAppSandbox {
    template: Option<Template>,
    ports: Option<Ports>,
    visibility: Option<Visibility>,
    idle_policy: Option<IdlePolicy>,
    limits: Option<Object<LimitsChange>>,
}

/// 202 with the operation.
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
