//! `GET /v1/operations/{id}`

use std::time::Duration;

use axum::extract::State;
use sandboxd_shared::config::parse_duration;
use sandboxd_shared::ids::OperationId;
use serde::Deserialize;

use crate::auth::Tenant;
use crate::server::Api;
use crate::view;
use crate::web::{Answer, ApiError, PathId, Query, WAIT_MAX, until_finished};

/// How long to wait.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetOperation {
    /// A duration such as "30s".
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

/// The operation; with `wait`, as soon as it has finished.
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
