//! `GET` and `DELETE /v1/sandboxes/{id}/files`

use axum::body::Body;
use axum::extract::State;
use http::Method;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::FilePath;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::node::{Entries, Entry, EntryKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::stream::used_by;
use crate::auth::Tenant;
use crate::limits::Turn;
use crate::node::read_json;
use crate::openapi::{Conflict, SandboxUnavailable};
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId, Query};

/// Which files.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListFiles {
    /// A folder, from the app folder; the app folder itself if not given.
    #[serde(default)]
    #[param(value_type = String, example = "src")]
    path: FilePath,
    /// What is in its folders, too.
    #[serde(default)]
    recursive: bool,
}

/// Which file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteFiles {
    /// From the app folder.
    #[param(value_type = String, example = "src/old.js")]
    path: FilePath,
    /// A folder with what is in it.
    #[serde(default)]
    recursive: bool,
}

/// A file, a folder, or what else there is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "path": "src/App.tsx", "type": "file", "size": 512, "mode": "0644",
    "modified_at": "2026-01-02T03:04:05.678Z"
})))]
pub(crate) struct FileEntry {
    /// From the app folder.
    path: String,
    #[serde(rename = "type")]
    kind: EntryKind,
    /// Bytes of a file.
    size: u64,
    /// Octal, as chmod takes it.
    mode: String,
    modified_at: Timestamp,
    /// The name isn't UTF-8: `path` shows it and doesn't lead to it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    lossy: bool,
}

/// What is in a folder.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileList {
    /// At most 10,000, sorted by name, a folder before what is in it.
    entries: Vec<FileEntry>,
    /// There are more.
    truncated: bool,
}

impl From<Entry> for FileEntry {
    fn from(entry: Entry) -> Self {
        Self {
            path: entry.path,
            kind: entry.kind,
            size: entry.size,
            mode: format!("{:04o}", entry.mode),
            modified_at: Timestamp(entry.modified_ms),
            lossy: entry.lossy,
        }
    }
}

/// Lists files
///
/// At most 10,000, of a sandbox that runs or is stopped. Links are shown and not followed.
#[utoipa::path(
    get, path = "/v1/sandboxes/{id}/files", tag = "files",
    params(PathId<SandboxId>, ListFiles),
    responses(
        (status = 200, description = "What is there", body = FileList), Conflict, SandboxUnavailable
    ),
)]
pub(crate) async fn list_files(
    State(api): State<Api>,
    tenant: Tenant,
    _turn: Turn,
    PathId(id): PathId<SandboxId>,
    Query(query): Query<ListFiles>,
) -> Result<Answer, ApiError> {
    let sandbox = used_by(&api, &tenant, id).await?;
    let recursive = query.recursive.to_string();
    let parameters = [("path", query.path.as_str()), ("recursive", recursive.as_str())];
    let found = api.nodes.ask(&sandbox, Method::GET, "files", &parameters, Body::empty()).await?;
    let found: Entries = read_json(found).await?;
    let entries: Vec<FileEntry> = found.entries.into_iter().map(FileEntry::from).collect();
    Ok(Answer::ok(&FileList { entries, truncated: found.truncated }))
}

/// Deletes a file
///
/// Or a folder, which must be empty unless `recursive` is given. A link is deleted itself.
#[utoipa::path(
    delete, path = "/v1/sandboxes/{id}/files", tag = "files",
    params(PathId<SandboxId>, DeleteFiles),
    responses((status = 204, description = "It is gone"), Conflict, SandboxUnavailable),
)]
pub(crate) async fn delete_files(
    State(api): State<Api>,
    tenant: Tenant,
    _turn: Turn,
    PathId(id): PathId<SandboxId>,
    Query(query): Query<DeleteFiles>,
) -> Result<Answer, ApiError> {
    if query.path.is_root() {
        return Err(ApiError::field("path", "must not be the app folder itself"));
    }
    let sandbox = used_by(&api, &tenant, id).await?;
    let recursive = query.recursive.to_string();
    let parameters = [("path", query.path.as_str()), ("recursive", recursive.as_str())];
    api.nodes.ask(&sandbox, Method::DELETE, "files", &parameters, Body::empty()).await?;
    Ok(Answer::no_content())
}
