//! `GET /v1/operations`

use axum::extract::State;
use sandboxd_shared::domain::{OperationKind, OperationStatus};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId};
use sandboxd_shared::store::operations::{self, Filter};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::auth::Tenant;
use crate::server::Api;
use crate::view;
use crate::web::{Answer, ApiError, Query, page};

/// Which operations.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListOperations {
    limit: Option<i64>,
    before: Option<OperationId>,
    app_id: Option<AppId>,
    sandbox_id: Option<SandboxId>,
    status: Option<OperationStatus>,
    kind: Option<OperationKind>,
}

/// A page of operations, newest first.
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
    let mut shown = Vec::with_capacity(found.len());
    for operation in &found {
        let view = view::operation(&mut conn, &api, operation).await?;
        shown.push((operation.id, json!(view)));
    }
    let id = |row: &(OperationId, Value)| row.0.to_string();
    let show = |row: &(OperationId, Value)| row.1.clone();
    Ok(Answer::ok(&page.body("operations", shown, id, show)))
}
