//! `GET /v1/sandboxes/{id}/logs`

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use futures::stream::unfold;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use http_body_util::BodyExt;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::node::LOG_BYTES_MAX;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::auth::Tenant;
use crate::limits::Turn;
use crate::node::Utf8;
use crate::openapi::{Conflict, SandboxUnavailable};
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{ApiError, PathId, Query, wants_events};

/// How often a silent stream shows that it lives.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// How much of it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadLogs {
    /// What is printed from now on, too.
    #[serde(default)]
    follow: bool,
    /// How much of what was printed, in bytes, at most 65536.
    #[param(maximum = 65536)]
    bytes: Option<u32>,
}

/// Reads the dev server's log
///
/// What dev server and installation print, of a sandbox that runs. With `follow` it goes on until the client
/// hangs up; with `Accept: text/event-stream` as events `log` whose `data:` has a `text`.
#[utoipa::path(
    get, path = "/v1/sandboxes/{id}/logs", tag = "programs",
    params(PathId<SandboxId>, ReadLogs),
    responses(
        (status = 200, description = "What was printed, and what is", content(
            (String = "text/plain", example = json!("ready on port 3000\n")),
            (String = "text/event-stream", example = json!("event: log\ndata: {\"text\":\"ready\"}\n\n")),
        )),
        Conflict, SandboxUnavailable,
    ),
)]
pub(crate) async fn read_logs(
    State(api): State<Api>,
    tenant: Tenant,
    turn: Turn,
    PathId(id): PathId<SandboxId>,
    headers: HeaderMap,
    Query(query): Query<ReadLogs>,
) -> Result<Response, ApiError> {
    let bytes = query.bytes.unwrap_or(LOG_BYTES_MAX);
    if bytes > LOG_BYTES_MAX {
        return Err(ApiError::field("bytes", "must be at most 65536"));
    }
    // Looking on is no use: who leaves a log open would keep the sandbox awake.
    let sandbox = lookup::sandbox(&mut *api.store.read().await?, &tenant, id).await?;
    let (bytes, follow) = (bytes.to_string(), query.follow.to_string());
    let parameters = [("bytes", bytes.as_str()), ("follow", follow.as_str())];
    let found = api.nodes.ask(&sandbox, Method::GET, "logs", &parameters, Body::empty()).await?;
    let body = Body::new(found.into_body().map_frame(move |frame| {
        let _held = &turn;
        frame
    }));
    if query.follow && wants_events(&headers) {
        let keep_alive = KeepAlive::new().interval(COMMENT_EVERY).text("alive");
        return Ok(Sse::new(events(body)).keep_alive(keep_alive).into_response());
    }
    let mut response = body.into_response();
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    Ok(response)
}

/// An event for each piece of text.
fn events(body: Body) -> impl futures::Stream<Item = Result<Event, Infallible>> {
    let pieces = (body.into_data_stream(), Utf8::default());
    unfold(pieces, |(mut pieces, mut text)| async move {
        let piece = pieces.next().await?.ok()?;
        let data = json!({ "text": text.take(&piece) }).to_string();
        Some((Ok(Event::default().event("log").data(data)), (pieces, text)))
    })
}
