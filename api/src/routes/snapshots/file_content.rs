//! `GET /v1/snapshots/{id}/files/content`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use sandboxd_shared::domain::FilePath;
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::jobs;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::Tenant;
use crate::limits::Turn;
use crate::openapi::Conflict;
use crate::routes::lookup;
use crate::routes::sandboxes::stream::{attachment, held_while};
use crate::server::Api;
use crate::web::{ApiError, PathId, Query};

/// Which file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadSnapshotFile {
    /// From the app folder.
    #[param(value_type = String, example = "src/App.tsx")]
    path: FilePath,
}

/// Downloads a file of a snapshot
///
/// The bytes of a regular file as they were when the snapshot was captured.
#[utoipa::path(
    get, path = "/v1/snapshots/{id}/files/content", tag = "snapshots",
    params(PathId<SnapshotId>, ReadSnapshotFile),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream",
            body = String, example = json!("…")),
        Conflict,
    ),
)]
pub(crate) async fn read_snapshot_file(
    State(api): State<Api>,
    tenant: Tenant,
    turn: Turn,
    PathId(id): PathId<SnapshotId>,
    Query(query): Query<ReadSnapshotFile>,
) -> Result<Response, ApiError> {
    let name = query.path.name().ok_or_else(|| ApiError::field("path", "must name a file"))?;
    let snapshot = lookup::snapshot(&mut *api.store.read().await?, &tenant, id).await?;
    jobs::usable(&snapshot)?;
    let parameters = [("path", query.path.as_str())];
    let found = api.nodes.ask_of_snapshot(&snapshot, "content", &parameters).await?;
    let length = found.headers().get(CONTENT_LENGTH).cloned();
    let mut response = held_while(turn, found.into_body()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_DISPOSITION, attachment(name));
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, length);
    }
    Ok(response)
}
