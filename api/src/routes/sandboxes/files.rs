//! `GET` and `DELETE /v1/sandboxes/{id}/files`

use axum::body::Body;
use axum::extract::State;
use http::Method;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::FilePath;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::node::{Entries, Entry, EntryKind};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::stream::used_by;
use crate::auth::Tenant;
use crate::node::read_json;
use crate::server::Api;
use crate::web::{Answer, ApiError, PathId, Query};

/// Which files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListFiles {
    /// A folder, from the app folder; the app folder itself if not given.
    #[serde(default)]
    path: FilePath,
    /// What is in its folders, too.
    #[serde(default)]
    recursive: bool,
}

/// Which file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteFiles {
    path: FilePath,
    /// A folder with what is in it.
    #[serde(default)]
    recursive: bool,
}

/// A file, a folder, or what else there is.
#[derive(Debug, Serialize)]
struct FileEntry {
    path: String,
    #[serde(rename = "type")]
    kind: EntryKind,
    size: u64,
    /// Octal, as chmod takes it.
    mode: String,
    modified_at: Timestamp,
    /// The name isn't UTF-8: `path` shows it and doesn't lead to it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lossy: bool,
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

/// At most 10,000 entries, sorted by path; whether the sandbox runs or not.
pub(crate) async fn list_files(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<SandboxId>,
    Query(query): Query<ListFiles>,
) -> Result<Answer, ApiError> {
    let sandbox = used_by(&api, &tenant, id).await?;
    let recursive = query.recursive.to_string();
    let parameters = [("path", query.path.as_str()), ("recursive", recursive.as_str())];
    let found = api.nodes.ask(&sandbox, Method::GET, "files", &parameters, Body::empty()).await?;
    let found: Entries = read_json(found).await?;
    let entries: Vec<FileEntry> = found.entries.into_iter().map(FileEntry::from).collect();
    Ok(Answer::ok(&json!({ "entries": entries, "truncated": found.truncated })))
}

/// 204. A folder that isn't empty needs `recursive`.
pub(crate) async fn delete_files(
    State(api): State<Api>,
    tenant: Tenant,
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
