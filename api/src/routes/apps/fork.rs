//! `POST /v1/apps/{id}/fork`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::domain::Name;
use sandboxd_shared::ids::{AppId, SnapshotId};
use sandboxd_shared::jobs::fork_app::{self as job, GitHistory, MAX_CHILDREN};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::openapi::Accepted;
use crate::routes::lookup;
use crate::server::Api;
use crate::view::ResultView;
use crate::web::{ApiError, PathId, Post, Prefer, act};

/// What is made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "snapshot_id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "count": 2, "git": "reset"
})))]
pub(crate) struct ForkApp {
    snapshot_id: SnapshotId,
    /// `<source> (fork)` if not said; numbered when there are more.
    name: Option<Name>,
    /// How many; 1 if not said.
    #[schema(minimum = 1, maximum = 16)]
    count: Option<u32>,
    /// What becomes of the git history; `reset` if not said.
    git: Option<GitHistory>,
    /// Only false is supported.
    copy_config: Option<bool>,
}

impl ForkApp {
    fn spec(self) -> Result<job::Spec, ApiError> {
        let count = self.count.unwrap_or(1);
        if !(1..=MAX_CHILDREN).contains(&count) {
            return Err(ApiError::field("count", format!("must be 1 to {MAX_CHILDREN}")));
        }
        if self.copy_config == Some(true) {
            return Err(ApiError::field("copy_config", "only false is supported"));
        }
        Ok(job::Spec { name: self.name, count, git: self.git.unwrap_or(GitHistory::Reset) })
    }
}

/// Forks an app from a snapshot
///
/// Makes `count` new apps, all or none, each with a sandbox over the snapshot's workspace. The source
/// stays as it is.
#[utoipa::path(
    post, path = "/v1/apps/{id}/fork", tag = "apps",
    params(PathId<AppId>, Prefer),
    request_body = ForkApp,
    responses(
        Accepted,
        (status = 201, description = "With `Prefer: wait`: what was made", body = ResultView),
    ),
)]
pub(crate) async fn fork_app(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<AppId>,
    Post { body, once }: Post<ForkApp>,
) -> Result<Response, ApiError> {
    let snapshot_id = body.snapshot_id;
    let spec = body.spec()?;
    let (owner, installation) = (tenant.clone(), api.installation.clone());
    act(&api, &tenant, &once, prefer, |conn, now| {
        Box::pin(async move {
            let app = lookup::app(conn, &owner, id).await?;
            let snapshot = lookup::snapshot(conn, &owner, snapshot_id).await?;
            let defaults = installation.defaults(conn).await?;
            let accepted = job::accept(conn, &app, &snapshot, &spec, &defaults, now).await?;
            Ok(accepted.into())
        })
    })
    .await
}
