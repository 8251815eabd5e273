//! `POST /v1/apps/{id}/explore`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::domain::{Agent, ModelName, Prompt};
use sandboxd_shared::ids::{AppId, SnapshotId};
use sandboxd_shared::jobs::explore_app::{self as job, MIN_CHILDREN};
use sandboxd_shared::jobs::fork_app::MAX_CHILDREN;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::openapi::Accepted;
use crate::routes::lookup;
use crate::routes::tasks::run::RunTask;
use crate::server::Api;
use crate::view::ResultView;
use crate::web::{ApiError, PathId, Post, Prefer, act};

/// What is tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"prompt": "Make the landing page bolder", "count": 3})))]
pub(crate) struct ExploreApp {
    /// Where the children begin; the workspace as it is, captured, if not said.
    snapshot_id: Option<SnapshotId>,
    prompt: Prompt,
    /// `opencode` if not said.
    agent: Option<Agent>,
    /// In the agent's own spelling; its own choice if not said.
    model: Option<ModelName>,
    /// How long each agent may take, from "1s" to "24h"; 30 minutes if not said.
    timeout: Option<String>,
    /// The program and its arguments, for agent `command`.
    #[schema(min_items = 1, max_items = 256)]
    command: Option<Vec<String>>,
    /// How many children.
    #[schema(minimum = 2, maximum = 16)]
    count: u32,
    /// Whether they get the source's config, sensitive values too, which most agents need for their
    /// keys; true if not said.
    copy_config: Option<bool>,
}

/// Explores several answers to a prompt
///
/// Best of N: forks `count` children from a snapshot and runs the same task in each. The operation
/// ends when all their tasks have, each in its way, and its result has each child with its task;
/// adopt the best. Cancelling it takes the children away.
#[utoipa::path(
    post, path = "/v1/apps/{id}/explore", tag = "apps",
    params(PathId<AppId>, Prefer),
    request_body = ExploreApp,
    responses(
        Accepted,
        (status = 201, description = "With `Prefer: wait`: the children", body = ResultView),
    ),
)]
pub(crate) async fn explore_app(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<AppId>,
    Post { body, once }: Post<ExploreApp>,
) -> Result<Response, ApiError> {
    if !(MIN_CHILDREN..=MAX_CHILDREN).contains(&body.count) {
        let range = format!("must be {MIN_CHILDREN} to {MAX_CHILDREN}");
        return Err(ApiError::field("count", range));
    }
    let (count, from) = (body.count, body.snapshot_id);
    let copy_config = body.copy_config.unwrap_or(true);
    let task = RunTask {
        prompt: body.prompt,
        agent: body.agent,
        model: body.model,
        timeout: body.timeout,
        timeout_s: None,
        checkpoint: None,
        command: body.command,
        continue_task_id: None,
    };
    let task = task.spec()?;
    let (owner, installation) = (tenant.clone(), api.installation.clone());
    act(&api, &tenant, &once, prefer, |conn, now| {
        Box::pin(async move {
            let app = lookup::app(conn, &owner, id).await?;
            let snapshot = match from {
                Some(id) => Some(lookup::snapshot(conn, &owner, id).await?),
                None => None,
            };
            let defaults = installation.defaults(conn).await?;
            let spec = job::Spec { snapshot, count, task, copy_config };
            Ok(job::accept(conn, &app, spec, defaults, now).await?.into())
        })
    })
    .await
}
