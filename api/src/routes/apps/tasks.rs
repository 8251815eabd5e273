//! `GET /v1/apps/{id}/tasks`

use axum::extract::State;
use sandboxd_shared::ids::AppId;
use sandboxd_shared::store::task_history::{self, Of};

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::routes::tasks::list::{ListTasks, TaskList};
use crate::server::Api;
use crate::web::{Answer, ApiError, PAGE_BYTES, PathId, Query, page};

/// Lists an app's tasks, newest first
///
/// Those of all sandboxes that it has had. Where their texts are long, a page has fewer than its limit.
#[utoipa::path(
    get, path = "/v1/apps/{id}/tasks", tag = "apps",
    params(PathId<AppId>, ListTasks),
    responses((status = 200, description = "A page", body = TaskList)),
)]
pub(crate) async fn list_app_tasks(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<AppId>,
    Query(query): Query<ListTasks>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?.exactly();
    let mut conn = api.store.read().await?;
    let of = Of::App(lookup::app(&mut conn, &tenant, id).await?.id);
    let owner = tenant.as_str();
    let (tasks, more) =
        task_history::list(&mut conn, owner, of, query.status, &page, PAGE_BYTES).await?;
    let next_before = tasks.last().filter(|_| more).map(|task| task.id);
    Ok(Answer::ok(&TaskList { tasks, next_before }))
}
