//! `POST /v1/operations/{id}/cancel`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::ids::OperationId;
use sandboxd_shared::jobs;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::openapi::{Accepted, Conflict};
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, Outcome, PathId, Post, Prefer, act};

/// Nothing is to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({})))]
pub(crate) struct CancelOperation {}

/// Cancels an operation
///
/// A queued one ends at once, a running one within a second: what it had half done is undone or
/// finished.
#[utoipa::path(
    post, path = "/v1/operations/{id}/cancel", tag = "operations",
    params(PathId<OperationId>),
    request_body = CancelOperation,
    responses(Accepted, Conflict),
)]
pub(crate) async fn cancel_operation(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<OperationId>,
    Post { once, .. }: Post<CancelOperation>,
) -> Result<Response, ApiError> {
    let owner = tenant.clone();
    // A cancelled operation is no thing that could be waited for.
    act(&api, &tenant, &once, Prefer(None), |conn, now| {
        Box::pin(async move {
            let operation = lookup::operation(conn, &owner, id).await?;
            jobs::cancel(conn, &operation, now).await?;
            let operation = lookup::operation(conn, &owner, id).await?;
            Ok(Outcome::Accepted(Box::new(operation)))
        })
    })
    .await
}
