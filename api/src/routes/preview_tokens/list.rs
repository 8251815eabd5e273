//! `GET /v1/sandboxes/{id}/preview-tokens`

use axum::extract::State;
use sandboxd_shared::domain::PreviewToken;
use sandboxd_shared::ids::{PreviewTokenId, SandboxId};
use sandboxd_shared::store::preview_tokens;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId, Query, page};

/// Which tokens.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListPreviewTokens {
    limit: Option<i64>,
    before: Option<PreviewTokenId>,
}

/// A page of links to private previews.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewTokenList {
    preview_tokens: Vec<PreviewToken>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_before: Option<PreviewTokenId>,
}

/// Lists a sandbox's links to private previews, newest first
///
/// Without the tokens themselves. Those that were revoked or have expired are listed for another
/// day.
#[utoipa::path(
    get, path = "/v1/sandboxes/{id}/preview-tokens", tag = "sandboxes",
    params(PathId<SandboxId>, ListPreviewTokens),
    responses((status = 200, description = "A page", body = PreviewTokenList)),
)]
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
    let (preview_tokens, next_before) = page.cut(found, |token| token.id);
    Ok(Answer::ok(&PreviewTokenList { preview_tokens, next_before }))
}
