//! `GET /v1/apps`

use axum::extract::State;
use sandboxd_shared::domain::App;
use sandboxd_shared::ids::AppId;
use sandboxd_shared::store::apps::{self, Filter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Tenant;
use crate::server::Api;
use crate::web::{Answer, ApiError, Query, SearchText, page};

/// Which apps.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListApps {
    limit: Option<i64>,
    before: Option<AppId>,
    /// Only apps of this user in the caller's own system.
    external_user_id: Option<SearchText>,
    /// Only apps with this tag.
    tag: Option<SearchText>,
    /// Only apps whose name or description has this text.
    q: Option<SearchText>,
}

/// A page of apps.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppList {
    apps: Vec<App>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_before: Option<AppId>,
}

/// Lists apps, newest first
#[utoipa::path(
    get, path = "/v1/apps", tag = "apps",
    params(ListApps),
    responses((status = 200, description = "A page", body = AppList)),
)]
pub(crate) async fn list_apps(
    State(api): State<Api>,
    tenant: Tenant,
    Query(query): Query<ListApps>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?;
    let text = |text: Option<SearchText>| text.map(|text| text.0);
    let filter = Filter {
        external_user_id: text(query.external_user_id),
        tag: text(query.tag),
        q: text(query.q),
    };
    let mut conn = api.store.read().await?;
    let found = apps::list(&mut conn, tenant.as_str(), &filter, &page.to_read()).await?;
    let (apps, next_before) = page.cut(found, |app| app.id);
    Ok(Answer::ok(&AppList { apps, next_before }))
}
