//! `GET /v1/operations`

use axum::extract::State;
use sandboxd_shared::domain::{OperationKind, OperationStatus};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId};
use sandboxd_shared::store::operations::{self, Filter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Tenant;
use crate::server::Api;
use crate::view::{self, OperationView};
use crate::web::{Answer, ApiError, PAGE_BYTES, Query, page};

/// Which operations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListOperations {
    limit: Option<i64>,
    before: Option<OperationId>,
    app_id: Option<AppId>,
    sandbox_id: Option<SandboxId>,
    status: Option<OperationStatus>,
    kind: Option<OperationKind>,
}

/// A page of operations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OperationList {
    operations: Vec<OperationView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_before: Option<OperationId>,
}

/// Lists operations, newest first
///
/// Where the texts of tasks are long, a page has fewer than its limit.
#[utoipa::path(
    get, path = "/v1/operations", tag = "operations",
    params(ListOperations),
    responses((status = 200, description = "A page", body = OperationList)),
)]
pub(crate) async fn list_operations(
    State(api): State<Api>,
    tenant: Tenant,
    Query(query): Query<ListOperations>,
) -> Result<Answer, ApiError> {
    let page = page(query.limit, query.before)?;
    let filter = Filter {
        app_id: query.app_id,
        sandbox_id: query.sandbox_id,
        status: query.status,
        kind: query.kind,
    };
    let mut conn = api.store.read().await?;
    let found = operations::list(&mut conn, tenant.as_str(), &filter, &page.to_read()).await?;
    let (found, mut next_before) = page.cut(found, |operation| operation.id);
    let (mut operations, mut bytes) = (Vec::with_capacity(found.len()), 0);
    for operation in &found {
        if bytes > PAGE_BYTES {
            next_before = found.get(operations.len() - 1).map(|last| last.id);
            break;
        }
        let shown = view::operation(&mut conn, &api, operation).await?;
        bytes += shown.text_bytes();
        operations.push(shown);
    }
    Ok(Answer::ok(&OperationList { operations, next_before }))
}
