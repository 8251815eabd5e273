//! `GET /v1/sandboxes/{id}/preview-tokens`

use axum::extract::State;
use sandboxd_shared::ids::{PreviewTokenId, SandboxId};
use sandboxd_shared::store::preview_tokens;
use serde::Deserialize;
use serde_json::json;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId, Query, page};

/// Which tokens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListPreviewTokens {
    limit: Option<i64>,
    before: Option<PreviewTokenId>,
}

/// A page of a sandbox's, newest first, without the tokens themselves. Those that were revoked or
/// have expired are listed for another day.
pub(crate) async fn list_preview_tokens(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<SandboxId>,
    Query(query): Query<ListPreviewTokens>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?;
    let mut conn = api.store.read().await?;
    lookup::sandbox(&mut conn, &tenant, id).await?;
    let found = preview_tokens::list(&mut conn, id, &page.to_read()).await?;
    Ok(Answer::ok(&page.body("preview_tokens", found, |row| row.id.to_string(), |row| json!(row))))
}
