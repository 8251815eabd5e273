//! `GET /v1/apps/{id}/tasks/{task_id}`

use axum::extract::State;
use sandboxd_shared::domain::Task;
use sandboxd_shared::ids::{AppId, TaskId};

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathIds};

/// Gets a task of an app
///
/// In whichever of its sandboxes that was.
#[utoipa::path(
    get, path = "/v1/apps/{id}/tasks/{task_id}", tag = "apps",
    params(PathIds<AppId, TaskId>),
    responses((status = 200, description = "The task", body = Task)),
)]
pub(crate) async fn get_app_task(
    State(api): State<Api>,
    tenant: Tenant,
    PathIds(app, id): PathIds<AppId, TaskId>,
) -> Result<Answer, ApiError> {
    let mut conn = api.store.read().await?;
    lookup::app(&mut conn, &tenant, app).await?;
    let task = lookup::own_task(&mut conn, &tenant, id).await?;
    if task.app_id != app {
        return Err(ApiError::not_found("task"));
    }
    Ok(Answer::ok(&task))
}
