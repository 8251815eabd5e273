//! `PATCH /v1/sandboxes/{id}`

use std::time::Duration;

use axum::extract::State;
use sandboxd_shared::config::parse_duration;
use sandboxd_shared::domain::{ErrorBody, IdlePolicy, SandboxStatus, Visibility};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::sandboxes::{self, Change};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::audit;
use crate::auth::Tenant;
use crate::openapi::Conflict;
use crate::routes::lookup;
use crate::server::Api;
use crate::view::{self, SandboxView};
use crate::web::{Answer, ApiError, JsonBody, PathId};

/// The longest idle time; who wants longer wants 0 (never).
const IDLE_AFTER_MAX: Duration = Duration::from_hours(365 * 24);

/// What changes; an absent field stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"visibility": "private", "idle_after": "1h"})))]
pub(crate) struct UpdateSandbox {
    visibility: Option<Visibility>,
    idle_policy: Option<IdlePolicy>,
    /// A duration from 1s to 365d, such as "35m"; "0" for never.
    #[schema(
        pattern = "^(0|[1-9][0-9]{0,4}[sm]|[1-9][0-9]{0,2}h|([1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-5])d)$"
    )]
    idle_after: Option<String>,
}

impl UpdateSandbox {
    fn change(&self) -> Result<Option<Change>, ApiError> {
        let idle_after_ms = self.idle_after.as_deref().map(idle_after_ms).transpose()?;
        let (visibility, idle_policy) = (self.visibility, self.idle_policy);
        let any = visibility.is_some() || idle_policy.is_some() || idle_after_ms.is_some();
        Ok(any.then_some(Change { visibility, idle_policy, idle_after_ms }))
    }
}

fn idle_after_ms(text: &str) -> Result<i64, ApiError> {
    let wrong = |what: &str| ApiError::field("idle_after", what);
    let time = parse_duration(text)
        .map_err(|_| wrong("must be a duration such as \"35m\", or \"0\" for never"))?;
    if time > IDLE_AFTER_MAX || (!time.is_zero() && time < Duration::from_secs(1)) {
        return Err(wrong("must be 0, or from 1s to 365d"));
    }
    i64::try_from(time.as_millis()).map_err(|_| wrong("is too long"))
}

/// Changes a sandbox
#[utoipa::path(
    patch, path = "/v1/sandboxes/{id}", tag = "sandboxes",
    params(PathId<SandboxId>),
    request_body = UpdateSandbox,
    responses(
        (status = 200, description = "The sandbox as it is now", body = SandboxView),
        Conflict,
    ),
)]
pub(crate) async fn update_sandbox(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<SandboxId>,
    JsonBody(body): JsonBody<UpdateSandbox>,
) -> Result<Answer, ApiError> {
    let change = body.change()?;
    let mut tx = api.store.write().await?;
    let sandbox = lookup::sandbox(&mut tx, &tenant, id).await?;
    if let (SandboxStatus::Deleting, Some(deleting)) = (sandbox.status, sandbox.active_operation_id)
    {
        return Err(ErrorBody::in_progress(deleting).into());
    }
    let answer = |sandbox| Answer::ok(&view::sandbox(&api.installation, &sandbox));
    let Some(change) = change else { return Ok(answer(sandbox)) };
    let now = api.store.clock().now();
    sandboxes::update(&mut tx, id, change, now).await?;
    let answer = answer(lookup::sandbox(&mut tx, &tenant, id).await?);
    audit::commit(tx, &tenant, &answer, None, now).await?;
    Ok(answer)
}
