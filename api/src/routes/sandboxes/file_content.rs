//! `GET` and `PUT /v1/sandboxes/{id}/files/content`

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};
use sandboxd_shared::domain::{ErrorBody, ErrorCode, FilePath};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::node::{UPLOAD_MAX, Written};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::stream::{Bounded, attachment, used_by, used_while};
use crate::auth::Tenant;
use crate::limits::Turn;
use crate::node::read_json;
use crate::openapi::{Conflict, SandboxUnavailable};
use crate::server::Api;
use crate::web::{Answer, ApiError, ErrorAnswer, PathId, Query};

/// Which file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadFile {
    /// From the app folder.
    #[param(value_type = String, example = "src/App.tsx")]
    path: FilePath,
}

/// Which file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WriteFile {
    /// From the app folder; folders on the way are made.
    #[param(value_type = String, example = "src/App.tsx")]
    path: FilePath,
    /// Its permission bits, in octal such as 755; a file that is there keeps its own, a new one
    /// gets 644.
    #[param(pattern = "^0?[0-7]{1,3}$", example = "644")]
    mode: Option<String>,
}

/// A file that was written.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({ "path": "src/App.tsx", "size": 512 })))]
pub(crate) struct WrittenFile {
    path: String,
    /// In bytes.
    size: u64,
}

impl WriteFile {
    fn mode(&self) -> Result<Option<u32>, ApiError> {
        let Some(text) = &self.mode else { return Ok(None) };
        match u32::from_str_radix(text, 8) {
            Ok(mode) if mode <= 0o777 && text.len() <= 4 => Ok(Some(mode)),
            _ => Err(ApiError::field("mode", "must be permission bits in octal, such as 644")),
        }
    }
}

/// Downloads a file
///
/// The bytes of a regular file, of a sandbox that runs or is stopped.
#[utoipa::path(
    get, path = "/v1/sandboxes/{id}/files/content", tag = "files",
    params(PathId<SandboxId>, ReadFile),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream",
            body = String, example = json!("…")),
        Conflict, SandboxUnavailable,
    ),
)]
pub(crate) async fn read_file(
    State(api): State<Api>,
    tenant: Tenant,
    turn: Turn,
    PathId(id): PathId<SandboxId>,
    Query(query): Query<ReadFile>,
) -> Result<Response, ApiError> {
    let name = query.path.name().ok_or_else(not_the_root)?;
    let sandbox = used_by(&api, &tenant, id).await?;
    let parameters = [("path", query.path.as_str())];
    let found = api.nodes.ask(&sandbox, Method::GET, "content", &parameters, Body::empty()).await?;
    let length = found.headers().get(CONTENT_LENGTH).cloned();
    let mut response = used_while(&api, id, turn, found.into_body()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_DISPOSITION, attachment(name));
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, length);
    }
    Ok(response)
}

/// Uploads a file
///
/// Of at most 25 MiB, into a sandbox that runs or is stopped. The old bytes are there until all of the new
/// ones are; a link in the file's place is replaced itself.
#[utoipa::path(
    put, path = "/v1/sandboxes/{id}/files/content", tag = "files",
    params(PathId<SandboxId>, WriteFile),
    request_body(content = String, content_type = "application/octet-stream", example = json!("…")),
    responses(
        (status = 200, description = "It has new bytes", body = WrittenFile),
        (status = 201, description = "It is new", body = WrittenFile),
        (status = 413, description = "It is larger than 25 MiB", body = ErrorAnswer),
        Conflict, SandboxUnavailable,
    ),
)]
pub(crate) async fn write_file(
    State(api): State<Api>,
    tenant: Tenant,
    _turn: Turn,
    PathId(id): PathId<SandboxId>,
    Query(query): Query<WriteFile>,
    request: Request,
) -> Result<Response, ApiError> {
    if query.path.is_root() {
        return Err(not_the_root());
    }
    let mode = query.mode()?.map(|mode| mode.to_string());
    let sandbox = used_by(&api, &tenant, id).await?;
    if announced(request.headers()).is_some_and(|length| length > UPLOAD_MAX) {
        return Err(too_large());
    }
    let mut parameters = vec![("path", query.path.as_str())];
    parameters.extend(mode.as_deref().map(|mode| ("mode", mode)));
    let (body, fate) = Bounded::over(request.into_body(), UPLOAD_MAX);
    let sent = api.nodes.ask(&sandbox, Method::PUT, "content", &parameters, body).await;
    // What the worker makes of a body that breaks off is beside the point.
    if fate.was_too_long() {
        return Err(too_large());
    }
    let written: Written = read_json(sent?).await?;
    let shown = WrittenFile { path: query.path.as_str().to_owned(), size: written.bytes };
    let mut response = Answer::ok(&shown).into_response();
    if written.created {
        *response.status_mut() = StatusCode::CREATED;
    }
    Ok(response)
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large() -> ApiError {
    let body = ErrorBody::new(ErrorCode::InvalidRequest, "a file has at most 25 MiB");
    ApiError::WithStatus(StatusCode::PAYLOAD_TOO_LARGE, body)
}

fn not_the_root() -> ApiError {
    ApiError::field("path", "must name a file")
}
