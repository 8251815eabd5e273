//! `GET /v1/apps`

use axum::extract::State;
use sandboxd_shared::ids::AppId;
use sandboxd_shared::store::apps::{self, Filter};
use serde::Deserialize;
use serde_json::json;

use crate::auth::Tenant;
use crate::server::Api;
use crate::web::{Answer, ApiError, Query, SearchText, page};

/// Which apps.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListApps {
    limit: Option<i64>,
    before: Option<AppId>,
    external_user_id: Option<SearchText>,
    tag: Option<SearchText>,
    q: Option<SearchText>,
}

/// A page of apps, newest first.
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
    Ok(Answer::ok(&page.body("apps", found, |app| app.id.to_string(), |app| json!(app))))
}
