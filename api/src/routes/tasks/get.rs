//! `GET /v1/sandboxes/{id}/tasks/{task_id}`

use axum::extract::State;
use sandboxd_shared::domain::Task;
use sandboxd_shared::ids::{SandboxId, TaskId};

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathIds};

/// Gets a task
///
/// What became of it so far; also after its sandbox is gone.
#[utoipa::path(
    get, path = "/v1/sandboxes/{id}/tasks/{task_id}", tag = "tasks",
    params(PathIds<SandboxId, TaskId>),
    responses((status = 200, description = "The task", body = Task)),
)]
pub(crate) async fn get_task(
    State(api): State<Api>,
    tenant: Tenant,
    PathIds(sandbox, id): PathIds<SandboxId, TaskId>,
) -> Result<Answer, ApiError> {
    let task = lookup::task(&mut *api.store.read().await?, &tenant, sandbox, id).await?;
    Ok(Answer::ok(&task))
}
