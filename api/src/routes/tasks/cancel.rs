//! `POST /v1/sandboxes/{id}/tasks/{task_id}/cancel`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::domain::{ErrorBody, ErrorCode, Task};
use sandboxd_shared::ids::{SandboxId, TaskId};
use sandboxd_shared::jobs;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::openapi::{Accepted, Conflict};
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, Outcome, PathIds, Post, Prefer, act};

/// Nothing is to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({})))]
pub(crate) struct CancelTask {}

/// Cancels a task
///
/// A queued one ends at once; of a running one the agent is ended within seconds. What it has changed stays:
/// restore the checkpoint from before to undo it. The answer is the task's operation.
#[utoipa::path(
    post, path = "/v1/sandboxes/{id}/tasks/{task_id}/cancel", tag = "tasks",
    params(PathIds<SandboxId, TaskId>),
    request_body = CancelTask,
    responses(Accepted, Conflict),
)]
pub(crate) async fn cancel_task(
    State(api): State<Api>,
    tenant: Tenant,
    PathIds(sandbox, id): PathIds<SandboxId, TaskId>,
    Post { once, .. }: Post<CancelTask>,
) -> Result<Response, ApiError> {
    let owner = tenant.clone();
    // A cancelled task is no thing that could be waited for.
    act(&api, &tenant, &once, Prefer(None), |conn, now| {
        Box::pin(async move {
            let task = lookup::task(conn, &owner, sandbox, id).await?;
            if task.status.is_final() {
                return Err(has_ended(&task).into());
            }
            let operation = lookup::operation(conn, &owner, task.operation_id).await?;
            jobs::cancel(conn, &operation, now).await?;
            let operation = lookup::operation(conn, &owner, task.operation_id).await?;
            Ok(Outcome::Accepted(Box::new(operation)))
        })
    })
    .await
}

fn has_ended(task: &Task) -> ErrorBody {
    ErrorBody::new(ErrorCode::Conflict, format!("the task is {} already", task.status))
        .with_details(json!({ "status": task.status, "task_id": task.id }))
}
