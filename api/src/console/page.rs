//! The console's one page, at each of its paths.

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use sandboxd_shared::domain::{ErrorBody, ErrorCode};

use super::files;
use super::policy::policy;
use crate::auth::random_hex;
use crate::server::Api;
use crate::web::ApiError;

/// What the built page has where its nonce goes.
const NONCE_PLACE: &str = r#"name="csp-nonce" content="""#;

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>sandboxd</title>\
<h1>The console isn't in this build</h1>\
<p>Run <code>scripts/console</code>, then build <code>sandboxd-api</code> again. The API works \
without it: see <a href=\"/docs\">its page</a>.</html>";

pub(super) async fn get_page(State(api): State<Api>) -> Result<Response, ApiError> {
    let Some(index) = files::index() else {
        return Ok(Html(NOT_BUILT).into_response());
    };
    let nonce = random_hex().map_err(|_| ApiError::Randomness)?;
    let html = String::from_utf8_lossy(&index).replacen(
        NONCE_PLACE,
        &format!(r#"name="csp-nonce" content="{nonce}""#),
        1,
    );
    let mut response = Html(html).into_response();
    let headers = response.headers_mut();
    // Its nonce and the names of the files that it wants are of this moment.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let policy = policy(&api.installation.previews, &nonce);
    let policy = HeaderValue::try_from(policy).map_err(|_| {
        ErrorBody::new(ErrorCode::Internal, "PREVIEW_DOMAIN isn't the name of a domain")
    })?;
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}
