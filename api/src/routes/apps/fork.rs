//! `POST /v1/apps/{id}/fork`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::domain::Name;
use sandboxd_shared::ids::{AppId, SnapshotId};
use sandboxd_shared::jobs::fork_app::{self as job, GitHistory, MAX_CHILDREN};
use sandboxd_shared::secrets::Keys;
use serde::Deserialize;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, PathId, Post, Prefer, act};

/// What is made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForkApp {
    snapshot_id: SnapshotId,
    name: Option<Name>,
    count: Option<u32>,
    git: Option<GitHistory>,
    copy_config: Option<bool>,
}

impl ForkApp {
    fn spec(self, keys: &Keys) -> Result<job::Spec, ApiError> {
        let count = self.count.unwrap_or(1);
        if !(1..=MAX_CHILDREN).contains(&count) {
            return Err(ApiError::field("count", format!("must be 1 to {MAX_CHILDREN}")));
        }
        Ok(job::Spec {
            name: self.name,
            count,
            git: self.git.unwrap_or(GitHistory::Reset),
            copy_config: (self.copy_config == Some(true)).then(|| keys.clone()),
        })
    }
}

/// 202 with the operation.
pub(crate) async fn fork_app(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<AppId>,
    Post { body, once }: Post<ForkApp>,
) -> Result<Response, ApiError> {
    let snapshot_id = body.snapshot_id;
    let spec = body.spec(&api.keys)?;
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
