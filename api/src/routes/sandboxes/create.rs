//! `POST /v1/sandboxes`: an app and its sandbox for a project in the caller's own system.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{
    ExternalId, IdlePolicy, Ports, Sandbox, SandboxStatus, Snapshot, Template, Visibility,
};
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::jobs::create_sandbox as job;
use sandboxd_shared::store::Connection;
use sandboxd_shared::store::sandboxes::{self, Project};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{TEMPLATE_DEFAULT, VISIBILITY_DEFAULT};
use crate::auth::Tenant;
use crate::openapi::{Accepted, NotFound};
use crate::routes::apps::create::CreateApp;
use crate::routes::lookup;
use crate::server::{Api, Installation};
use crate::view::{self, SandboxView};
use crate::web::{Answer, ApiError, Outcome, Post, Prefer, act, object};

/// Whose sandbox it is, and what it is like.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "project": {"id": "shop", "user_id": "user-42"}, "template": "static"
})))]
pub(crate) struct CreateSandbox {
    #[serde(deserialize_with = "object")]
    project: ProjectIds,
    /// The snapshot's, or `public`, if not said.
    visibility: Option<Visibility>,
    /// `react-standard` if not said; not with `from_snapshot`, which brings its own.
    template: Option<Template>,
    /// The snapshot that its workspace is made from.
    from_snapshot: Option<SnapshotId>,
    /// The snapshot's, or port 3000, if not said.
    ports: Option<Ports>,
}

/// A project in the caller's own system.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProjectIds {
    id: ExternalId,
    user_id: ExternalId,
}

/// Creates a project's sandbox
///
/// For callers that keep projects of their own: makes an app for the project and its sandbox. A project
/// that has a sandbox gets that one.
#[utoipa::path(
    post, path = "/v1/sandboxes", tag = "sandboxes",
    params(Prefer),
    request_body = CreateSandbox,
    responses(
        Accepted,
        (status = 200, description = "The sandbox that the project has", body = SandboxView),
        (status = 201, description = "With `Prefer: wait`: the new one", body = SandboxView),
        NotFound,
    ),
)]
pub(crate) async fn create_sandbox(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    Post { body, once }: Post<CreateSandbox>,
) -> Result<Response, ApiError> {
    if body.template.is_some() && body.from_snapshot.is_some() {
        return Err(ApiError::field("template", "a snapshot brings its own; give one of the two"));
    }
    let (owner, installation) = (tenant.clone(), Arc::clone(&api.installation));
    act(&api, &tenant, &once, prefer, |conn, now| {
        Box::pin(async move { body.act(conn, &owner, &installation, now).await })
    })
    .await
}

impl CreateSandbox {
    async fn act(
        self,
        conn: &mut Connection,
        tenant: &Tenant,
        installation: &Installation,
        now: Timestamp,
    ) -> Result<Outcome, ApiError> {
        let ids = self.project.clone();
        let project =
            Project { user_id: ids.user_id.as_str().to_owned(), id: ids.id.as_str().to_owned() };
        let existing = sandboxes::of_project(conn, tenant.as_str(), &project).await?;
        if let Some(sandbox) = existing.as_ref().filter(|sandbox| is_of_use(sandbox)) {
            return Ok(Outcome::Done(Answer::ok(&view::sandbox(installation, sandbox))));
        }
        let snapshot = match self.from_snapshot {
            Some(id) => Some(lookup::snapshot(conn, tenant, id).await?),
            None => None,
        };
        let app = match existing {
            Some(failed) => lookup::app(conn, tenant, failed.app_id).await?,
            None => CreateApp::of_project(ids.user_id, ids.id).make(conn, tenant, now).await?,
        };
        let spec = self.spec(snapshot.as_ref(), installation);
        let defaults = installation.defaults(conn).await?;
        let (from, project) = (snapshot.as_ref(), Some(&project));
        let accepted = job::accept(conn, &app, spec, from, project, &defaults, now).await?;
        Ok(accepted.into())
    }

    /// What isn't said is as in the snapshot, or as usual where there is none.
    fn spec(&self, from: Option<&Snapshot>, installation: &Installation) -> job::Spec {
        let template =
            from.map_or(Some(self.template.unwrap_or(TEMPLATE_DEFAULT)), |from| from.template);
        let ports = || from.map(|from| from.ports.clone()).unwrap_or_default();
        let visibility = from.map_or(VISIBILITY_DEFAULT, |from| from.visibility);
        job::Spec {
            template,
            ports: self.ports.clone().unwrap_or_else(ports),
            visibility: self.visibility.unwrap_or(visibility),
            idle_policy: IdlePolicy::Sleep,
            limits: from.map_or(installation.limits, |from| from.limits),
        }
    }
}

/// One that could not be made is made again.
fn is_of_use(sandbox: &Sandbox) -> bool {
    sandbox.status != SandboxStatus::Error || sandbox.active_operation_id.is_some()
}
