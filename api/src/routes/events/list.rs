//! `GET /v1/events` and `GET /v1/apps/{id}/events`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::ACCEPT;
use http::{HeaderMap, HeaderName};
use sandboxd_shared::domain::{EventPatterns, Severity};
use sandboxd_shared::ids::{AppId, EventId, OperationId, SandboxId, SnapshotId, TaskId};
use sandboxd_shared::store::events::{self, Filter, Window};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::stream;
use crate::auth::Tenant;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId, Query, page};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const EVENT_STREAM: &str = "text/event-stream";

/// Which events.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListEvents {
    limit: Option<i64>,
    before: Option<EventId>,
    /// Only newer ones, oldest first.
    after: Option<EventId>,
    /// Types such as `sandbox.started` and families such as `sandbox.*`, separated by commas.
    #[serde(rename = "type")]
    kinds: Option<Kinds>,
    severity: Option<Severity>,
    app_id: Option<AppId>,
    sandbox_id: Option<SandboxId>,
    snapshot_id: Option<SnapshotId>,
    task_id: Option<TaskId>,
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

/// The tenant's timeline.
pub(crate) async fn list_events(
    State(api): State<Api>,
    tenant: Tenant,
    headers: HeaderMap,
    Query(query): Query<ListEvents>,
) -> Result<Response, ApiError> {
    answer(api, &tenant, None, &headers, query).await
}

/// An app's timeline.
pub(crate) async fn list_app_events(
    State(api): State<Api>,
    tenant: Tenant,
    headers: HeaderMap,
    PathId(id): PathId<AppId>,
    Query(query): Query<ListEvents>,
) -> Result<Response, ApiError> {
    lookup::app(&mut *api.store.read().await?, &tenant, id).await?;
    if query.app_id.is_some_and(|other| other != id) {
        return Err(ApiError::field("app_id", "the path names another app"));
    }
    answer(api, &tenant, Some(id), &headers, query).await
}

async fn answer(
    api: Api,
    tenant: &Tenant,
    app_id: Option<AppId>,
    headers: &HeaderMap,
    query: ListEvents,
) -> Result<Response, ApiError> {
    let filter = Filter {
        app_id: app_id.or(query.app_id),
        sandbox_id: query.sandbox_id,
        snapshot_id: query.snapshot_id,
        task_id: query.task_id,
        operation_id: query.operation_id,
        kinds: query.kinds.as_ref().map(|kinds| kinds.0.clone()),
        severity: query.severity.map(|severity| severity.to_string()),
    };
    if !wants_stream(headers) {
        return Ok(one_page(&api, tenant, &filter, &query).await?.into_response());
    }
    for (name, given) in [("limit", query.limit.is_some()), ("before", query.before.is_some())] {
        if given {
            return Err(ApiError::field(name, "a stream has none"));
        }
    }
    let after = last_event_id(headers)?.or(query.after);
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
        let mut body = json!({ "events": found });
        // What is missing isn't passed over in silence.
        if let Some(pruned) = events::pruned_through(&mut conn).await?
            && after < pruned
        {
            body["pruned_through"] = json!(pruned);
        }
        return Ok(Answer::ok(&body));
    }
    let window = Window::Before(query.before);
    let found = events::list(&mut conn, tenant.as_str(), filter, window, limit).await?;
    Ok(Answer::ok(&page.body("events", found, |row| row.id.to_string(), |row| json!(row))))
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|value| value.split(','))
        .filter_map(|media| media.split(';').next())
        .any(|media| media.trim().eq_ignore_ascii_case(EVENT_STREAM))
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
