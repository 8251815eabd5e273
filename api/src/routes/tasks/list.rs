//! `GET /v1/sandboxes/{id}/tasks`

use axum::extract::State;
use sandboxd_shared::domain::{Task, TaskStatus};
use sandboxd_shared::ids::{SandboxId, TaskId};
use sandboxd_shared::store::task_history::{self, Of};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PAGE_BYTES, PathId, Query, page};

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListTasks {
    pub(crate) limit: Option<i64>,
    pub(crate) before: Option<TaskId>,
    pub(crate) status: Option<TaskStatus>,
}

/// A page of tasks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskList {
    pub(crate) tasks: Vec<Task>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) next_before: Option<TaskId>,
}

/// Lists a sandbox's tasks, newest first
///
/// Also after the sandbox is gone. Where their texts are long, a page has fewer than its limit.
#[utoipa::path(
    get, path = "/v1/sandboxes/{id}/tasks", tag = "tasks",
    params(PathId<SandboxId>, ListTasks),
    responses((status = 200, description = "A page", body = TaskList)),
)]
pub(crate) async fn list_tasks(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<SandboxId>,
    Query(query): Query<ListTasks>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?.exactly();
    let (owner, mut conn) = (tenant.as_str(), api.store.read().await?);
    if !task_history::has_any(&mut conn, owner, id).await? {
        lookup::sandbox(&mut conn, &tenant, id).await?;
    }
    let (tasks, more) =
        task_history::list(&mut conn, owner, Of::Sandbox(id), query.status, &page, PAGE_BYTES)
            .await?;
    let next_before = tasks.last().filter(|_| more).map(|task| task.id);
    Ok(Answer::ok(&TaskList { tasks, next_before }))
}
