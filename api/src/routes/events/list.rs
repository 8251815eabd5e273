//! `GET /v1/events`, `GET /v1/apps/{id}/events` and `GET /v1/tasks/{id}/events`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName};
use sandboxd_shared::domain::{Event, EventPatterns, Severity};
use sandboxd_shared::ids::{AppId, EventId, OperationId, SandboxId, SnapshotId, TaskId};
use sandboxd_shared::store::events::{self, Filter, Window};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::stream;
use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId, Query, page, wants_events};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// For the OpenAPI document.
const STREAM_EXAMPLE: &str = "id: 01JD4X8QK3M5N7P9R1S3T5V7W9\nevent: app.created\ndata: {…}\n\n";

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListEvents {
    limit: Option<i64>,
    before: Option<EventId>,
    /// Only newer ones, oldest first.
    after: Option<EventId>,
    /// Only events of these types, such as `sandbox.started`, and families, such as `sandbox.*`,
    /// separated by commas.
    #[serde(rename = "type")]
    #[param(value_type = Option<String>, nullable = false, example = "sandbox.*,app.created")]
    kinds: Option<Kinds>,
    /// Only events of this severity.
    severity: Option<Severity>,
    /// Only events about this app.
    app_id: Option<AppId>,
    /// Only events about this sandbox.
    sandbox_id: Option<SandboxId>,
    /// Only events about this snapshot.
    snapshot_id: Option<SnapshotId>,
    /// Only events about this task.
    task_id: Option<TaskId>,
    /// Only events of this operation.
    operation_id: Option<OperationId>,
}

/// Patterns in a query string.
#[derive(Debug)]
struct Kinds(EventPatterns);

impl<'de> Deserialize<'de> for Kinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        EventPatterns::parse(text.split(',')).map(Self).map_err(serde::de::Error::custom)
    }
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventList {
    events: Vec<Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_before: Option<EventId>,
    /// Events up to this one are no longer there: what came `after` may be missing some.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pruned_through: Option<EventId>,
}

/// For the OpenAPI document; the header is read with the others.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only described")]
struct LastEventId {
    /// The last event that a stream had, to go on after.
    #[param(rename = "Last-Event-ID", nullable = false)]
    last_event_id: Option<EventId>,
}

/// Lists or streams the tenant's timeline
///
/// A page is newest first; with `after`, oldest first. With `Accept: text/event-stream` it is a live
/// stream: each event's `id:` is its id, `event:` its type and `data:` the event as JSON, with a comment
/// every 15 s. `Last-Event-ID` or `after` resumes it without gap or repeat. Where retention has taken
/// away what came after, a page has `pruned_through`, and a stream begins with an event `gap`.
#[utoipa::path(
    get, path = "/v1/events", tag = "timeline",
    params(ListEvents, LastEventId),
    responses((status = 200, description = "A page, or the stream", content(
        (EventList = "application/json"),
        (String = "text/event-stream", example = json!(STREAM_EXAMPLE)),
    ))),
)]
pub(crate) async fn list_events(
    State(api): State<Api>,
    tenant: Tenant,
    headers: HeaderMap,
    Query(query): Query<ListEvents>,
) -> Result<Response, ApiError> {
    answer(api, &tenant, &headers, query).await
}

/// Lists or streams an app's timeline
///
/// As `GET /v1/events`, for one app.
#[utoipa::path(
    get, path = "/v1/apps/{id}/events", tag = "timeline",
    params(PathId<AppId>, ListEvents, LastEventId),
    responses((status = 200, description = "A page, or the stream", content(
        (EventList = "application/json"),
        (String = "text/event-stream", example = json!(STREAM_EXAMPLE)),
    ))),
)]
pub(crate) async fn list_app_events(
    State(api): State<Api>,
    tenant: Tenant,
    headers: HeaderMap,
    PathId(id): PathId<AppId>,
    Query(mut query): Query<ListEvents>,
) -> Result<Response, ApiError> {
    lookup::app(&mut *api.store.read().await?, &tenant, id).await?;
    if query.app_id.replace(id).is_some_and(|other| other != id) {
        return Err(ApiError::field("app_id", "the path names another app"));
    }
    answer(api, &tenant, &headers, query).await
}

/// Lists or streams a task's timeline
///
/// As `GET /v1/events`, for one task, whether its sandbox is there or gone. What its agent says is at
/// `GET /v1/sandboxes/{id}/tasks/{task_id}/events`.
#[utoipa::path(
    get, path = "/v1/tasks/{id}/events", tag = "timeline",
    params(PathId<TaskId>, ListEvents, LastEventId),
    responses((status = 200, description = "A page, or the stream", content(
        (EventList = "application/json"),
        (String = "text/event-stream", example = json!(STREAM_EXAMPLE)),
    ))),
)]
pub(crate) async fn list_task_events(
    State(api): State<Api>,
    tenant: Tenant,
    headers: HeaderMap,
    PathId(id): PathId<TaskId>,
    Query(mut query): Query<ListEvents>,
) -> Result<Response, ApiError> {
    lookup::own_task(&mut *api.store.read().await?, &tenant, id).await?;
    if query.task_id.replace(id).is_some_and(|other| other != id) {
        return Err(ApiError::field("task_id", "the path names another task"));
    }
    answer(api, &tenant, &headers, query).await
}

async fn answer(
    api: Api,
    tenant: &Tenant,
    headers: &HeaderMap,
    query: ListEvents,
) -> Result<Response, ApiError> {
    let filter = Filter {
        app_id: query.app_id,
        sandbox_id: query.sandbox_id,
        snapshot_id: query.snapshot_id,
        task_id: query.task_id,
        operation_id: query.operation_id,
        kinds: query.kinds.as_ref().map(|kinds| kinds.0.clone()),
        severity: query.severity.map(|severity| severity.to_string()),
    };
    // Also where it counts for nothing: a wrong one is a mistake.
    let resumed = last_event_id(headers)?;
    if !wants_events(headers) {
        return Ok(one_page(&api, tenant, &filter, &query).await?.into_response());
    }
    for (name, given) in [("limit", query.limit.is_some()), ("before", query.before.is_some())] {
        if given {
            return Err(ApiError::field(name, "a stream has none"));
        }
    }
    let after = resumed.or(query.after);
    stream::open(api, tenant, filter, after).await
}

async fn one_page(
    api: &Api,
    tenant: &Tenant,
    filter: &Filter,
    query: &ListEvents,
) -> Result<Answer, ApiError> {
    if query.after.is_some() && query.before.is_some() {
        return Err(ApiError::field("after", "give it or before, not both"));
    }
    let page = page(query.limit, query.before)?;
    let limit = page.to_read().limit;
    let mut conn = api.store.read().await?;
    if let Some(after) = query.after {
        let window = Window::After(Some(after));
        let found = events::list(&mut conn, tenant.as_str(), filter, window, limit - 1).await?;
        // What is missing isn't passed over in silence.
        let pruned = events::pruned_through(&mut conn).await?;
        let pruned_through = pruned.filter(|pruned| after < *pruned);
        return Ok(Answer::ok(&EventList { events: found, next_before: None, pruned_through }));
    }
    let window = Window::Before(query.before);
    let found = events::list(&mut conn, tenant.as_str(), filter, window, limit).await?;
    let (events, next_before) = page.cut(found, |event| event.id);
    Ok(Answer::ok(&EventList { events, next_before, pruned_through: None }))
}

/// Where a client that was cut off goes on. A browser sends it with the URL it began with, so it
/// goes before `after`.
fn last_event_id(headers: &HeaderMap) -> Result<Option<EventId>, ApiError> {
    let Some(value) = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let id = value.to_str().ok().and_then(|text| text.parse().ok());
    id.map(Some).ok_or_else(|| ApiError::field("Last-Event-ID", "isn't the id of an event"))
}
