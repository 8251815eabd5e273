//! `GET /v1/apps/{id}`

use axum::extract::State;
use sandboxd_shared::domain::App;
use sandboxd_shared::ids::AppId;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId};

/// Gets an app
#[utoipa::path(
    get, path = "/v1/apps/{id}", tag = "apps",
    params(PathId<AppId>),
    responses((status = 200, description = "The app", body = App)),
)]
pub(crate) async fn get_app(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<AppId>,
) -> Result<Answer, ApiError> {
    let app = lookup::app(&mut *api.store.read().await?, &tenant, id).await?;
    Ok(Answer::ok(&app))
}
