//! `GET /v1/sandboxes/{id}/tasks/{task_id}/events`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName};
use sandboxd_shared::domain::TaskOutput;
use sandboxd_shared::ids::{SandboxId, TaskId};
use sandboxd_shared::store::task_output;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::output::{self, PAGE_BYTES, to_json};
use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{
    Answer, ApiError, LIMIT_DEFAULT, LIMIT_MAX, PathIds, Query, accepts, wants_events,
};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// For the OpenAPI document.
const STREAM_EXAMPLE: &str = "id: 2\nevent: message\ndata: {\"seq\":2,\"type\":\"message\",…}\n\n";

/// Which part of it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FollowTask {
    /// Only what comes after the piece with this `seq`.
    after: Option<u32>,
    /// How many at most, 50 if not said; of a page only.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// A page of what an agent said, oldest first.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: what is stored is passed on as it is")]
pub(crate) struct TaskOutputList {
    events: Vec<TaskOutput>,
    /// What the next page comes after; only if there is more now.
    #[schema(required = false, nullable = false)]
    next_after: Option<i64>,
}

/// For the OpenAPI document; the header is read with the others.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only described")]
struct LastSeq {
    /// The last piece that a stream had, to go on after.
    #[param(rename = "Last-Event-ID", nullable = false)]
    last_event_id: Option<u32>,
}

/// Follows what a task's agent says
///
/// A live stream, which ends after `done`: each piece's `id:` is its `seq`, `event:` its type (`status`,
/// `message`, `tool`, `build`, `done`) and `data:` the piece as JSON, with a comment every 15 s.
/// `Last-Event-ID` or `after` resumes it without gap or repeat, also when the task has ended and when the
/// sandbox is gone; one that has had all of it is answered 204, which ends a browser's `EventSource`. With
/// `Accept: application/json` it is a page of what there is, oldest first.
#[utoipa::path(
    get, path = "/v1/sandboxes/{id}/tasks/{task_id}/events", tag = "tasks",
    params(PathIds<SandboxId, TaskId>, FollowTask, LastSeq),
    responses(
        (status = 200, description = "The stream, or a page", content(
            (TaskOutputList = "application/json"),
            (String = "text/event-stream", example = json!(STREAM_EXAMPLE)),
        )),
        (status = 204, description = "The task has ended, and the client has had all of it"),
    ),
)]
pub(crate) async fn follow_task(
    State(api): State<Api>,
    tenant: Tenant,
    headers: HeaderMap,
    PathIds(sandbox, id): PathIds<SandboxId, TaskId>,
    Query(query): Query<FollowTask>,
) -> Result<Response, ApiError> {
    lookup::task(&mut *api.store.read().await?, &tenant, sandbox, id).await?;
    // Also where it counts for nothing: a wrong one is a mistake.
    let resumed = last_event_id(&headers)?;
    if accepts(&headers, "application/json") && !wants_events(&headers) {
        return Ok(one_page(&api, id, &query).await?.into_response());
    }
    if query.limit.is_some() {
        return Err(ApiError::field("limit", "a stream has none"));
    }
    let after = resumed.or(query.after).unwrap_or(0);
    output::stream(api, &tenant, id, i64::from(after)).await
}

async fn one_page(api: &Api, task: TaskId, query: &FollowTask) -> Result<Answer, ApiError> {
    let (default, most) = (LIMIT_DEFAULT.unsigned_abs(), LIMIT_MAX.unsigned_abs());
    let limit = query.limit.map_or(default, |limit| limit as u64);
    if !(1..=most).contains(&limit) {
        return Err(ApiError::field("limit", format!("must be 1 to {LIMIT_MAX}")));
    }
    let after = i64::from(query.after.unwrap_or(0));
    let mut conn = api.store.read().await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let (pieces, more) = task_output::page(&mut conn, task, after, limit, PAGE_BYTES).await?;
    let next = pieces.last().filter(|_| more).map(|last| format!(r#","next_after":{}"#, last.seq));
    let events: Vec<String> = pieces.iter().map(to_json).collect();
    let body = format!(r#"{{"events":[{}]{}}}"#, events.join(","), next.unwrap_or_default());
    Ok(Answer::ok_as_is(body))
}

/// Where a client that was cut off goes on. A browser sends it with the URL it began with, so it
/// goes before `after`.
fn last_event_id(headers: &HeaderMap) -> Result<Option<u32>, ApiError> {
    let Some(value) = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let seq = value.to_str().ok().and_then(|text| text.parse().ok());
    seq.map(Some).ok_or_else(|| ApiError::field("Last-Event-ID", "isn't the seq of a piece"))
}
