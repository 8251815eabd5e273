//! `GET /v1/sandboxes/{id}/export`

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::apps;

use super::stream::{attachment, used_by, used_while};
use crate::auth::Tenant;
use crate::limits::Turn;
use crate::openapi::{Conflict, InvalidRequest, SandboxUnavailable};
use crate::server::Api;
use crate::web::{ApiError, ErrorAnswer, PathId};

/// Downloads all files
///
/// The app folder as a zip with modes and links, of a sandbox that runs or is stopped; at most 200,000
/// entries and 2 GiB. One that breaks off isn't whole.
#[utoipa::path(
    get, path = "/v1/sandboxes/{id}/export", tag = "files",
    params(PathId<SandboxId>),
    responses(
        (status = 200, description = "The archive", content_type = "application/zip",
            body = String, example = json!("…")),
        (status = 413, description = "There is more than an archive may hold", body = ErrorAnswer),
        InvalidRequest, Conflict, SandboxUnavailable,
    ),
)]
pub(crate) async fn export_files(
    State(api): State<Api>,
    tenant: Tenant,
    turn: Turn,
    PathId(id): PathId<SandboxId>,
) -> Result<Response, ApiError> {
    let sandbox = used_by(&api, &tenant, id).await?;
    let app = apps::find(&mut *api.store.read().await?, tenant.as_str(), sandbox.app_id).await?;
    let name = app.map_or_else(|| id.lower(), |app| app.name);
    let found = api.nodes.ask(&sandbox, Method::GET, "export", &[], Body::empty()).await?;
    let mut response = used_while(&api, id, turn, found.into_body()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(CONTENT_DISPOSITION, attachment(&format!("{}.zip", plain(&name))));
    Ok(response)
}

/// A name that every system can save, in the script it is written in.
fn plain(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let name: String = name.chars().take(80).map(safe).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "app".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path() {
        assert_eq!(plain("../../etc/passwd"), "etc-passwd");
        assert_eq!(plain("My Shop \u{e9}!"), "My-Shop-\u{e9}");
        assert_eq!(plain("..."), "app");
    }
}
