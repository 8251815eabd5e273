//! `DELETE /v1/sandboxes/{id}/preview-tokens/{token_id}`

use axum::extract::State;
use sandboxd_shared::ids::{PreviewTokenId, SandboxId};
use sandboxd_shared::store::preview_tokens;

use crate::audit;
use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, Noun, PathId, PathIds};

/// Revokes a link to a private preview
///
/// What it has opened ends within about a second. One that was revoked before may be revoked again.
#[utoipa::path(
    delete, path = "/v1/sandboxes/{id}/preview-tokens/{token_id}", tag = "sandboxes",
    params(
        PathId<SandboxId>,
        ("token_id" = PreviewTokenId, Path, description = "The id of the preview token"),
    ),
    responses((status = 204, description = "It opens nothing any more")),
)]
pub(crate) async fn revoke_preview_token(
    State(api): State<Api>,
    tenant: Tenant,
    PathIds(sandbox, token): PathIds<SandboxId, PreviewTokenId>,
) -> Result<Answer, ApiError> {
    let mut tx = api.store.write().await?;
    let now = api.store.clock().now();
    lookup::sandbox(&mut tx, &tenant, sandbox).await?;
    if !preview_tokens::revoke(&mut tx, sandbox, token, now).await? {
        return Err(ApiError::not_found(PreviewTokenId::NOUN));
    }
    let answer = Answer::no_content();
    audit::commit(tx, &tenant, &answer, None, now).await?;
    Ok(answer)
}
