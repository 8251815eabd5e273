//! `GET /v1/operations/{id}`

use std::time::Duration;

use axum::extract::State;
use sandboxd_shared::config::parse_duration;
use sandboxd_shared::ids::OperationId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::Tenant;
use crate::server::Api;
use crate::view::{self, OperationView};
use crate::web::{Answer, ApiError, PathId, Query, WAIT_MAX, until_finished};

/// How long to wait.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GetOperation {
    /// How long to wait for its end: a duration of at most 60s, such as "30s".
    #[param(pattern = "^(0|[0-9]{1,4}ms|[1-5]?[0-9]s|60s|1m)$", example = "30s")]
    wait: Option<String>,
}

impl GetOperation {
    fn time(&self) -> Result<Duration, ApiError> {
        let Some(text) = &self.wait else { return Ok(Duration::ZERO) };
        parse_duration(text)
            .ok()
            .filter(|time| *time <= WAIT_MAX)
            .ok_or_else(|| ApiError::field("wait", "must be a duration of at most 60s, as \"30s\""))
    }
}

/// Gets an operation
///
/// With `wait`, as soon as it has finished.
#[utoipa::path(
    get, path = "/v1/operations/{id}", tag = "operations",
    params(PathId<OperationId>, GetOperation),
    responses((status = 200, description = "The operation", body = OperationView)),
)]
pub(crate) async fn get_operation(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<OperationId>,
    Query(query): Query<GetOperation>,
) -> Result<Answer, ApiError> {
    let found = until_finished(&api, &tenant, id, query.time()?).await?;
    let operation = found.ok_or_else(|| ApiError::not_found("operation"))?;
    let shown = view::operation(&mut *api.store.read().await?, &api, &operation).await?;
    Ok(Answer::ok(&shown))
}
