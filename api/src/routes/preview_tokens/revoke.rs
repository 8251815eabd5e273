//! `DELETE /v1/sandboxes/{id}/preview-tokens/{token_id}`

use axum::extract::State;
use sandboxd_shared::ids::{PreviewTokenId, SandboxId};
use sandboxd_shared::store::preview_tokens;

use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, Noun, PathIds};

/// 204, also if it was revoked before. The gateway refuses it from now on, and ends what it has
/// opened within about a second.
pub(crate) async fn revoke_preview_token(
    State(api): State<Api>,
    tenant: Tenant,
    PathIds(sandbox, token): PathIds<SandboxId, PreviewTokenId>,
) -> Result<Answer, ApiError> {
    let mut tx = api.store.write().await?;
    lookup::sandbox(&mut tx, &tenant, sandbox).await?;
    if !preview_tokens::revoke(&mut tx, sandbox, token, api.store.clock().now()).await? {
        return Err(ApiError::not_found(PreviewTokenId::NOUN));
    }
    tx.commit().await?;
    Ok(Answer::no_content())
}
