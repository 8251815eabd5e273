//! `GET /assets/{file}` and the few files with a fixed name.

use std::borrow::Cow;

use axum::extract::OriginalUri;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue};
use rust_embed::RustEmbed;

use super::encoding::{STORED, takes};
use crate::web::ApiError;

/// A built file has a hash of its contents in its name: it never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Others may change with the next version.
const ASK_EVERY_TIME: &str = "no-cache";

/// What `scripts/console` has built; nothing where it hasn't.
#[derive(Debug, RustEmbed)]
#[folder = "../console/dist"]
#[exclude = ".gitkeep"]
struct Dist;

/// The page that everything begins with, if the console was built.
pub(super) fn index() -> Option<Cow<'static, [u8]>> {
    Dist::get("index.html").map(|file| file.data)
}

pub(super) async fn get_built(uri: OriginalUri, headers: HeaderMap) -> Result<Response, ApiError> {
    answer(uri.path(), &headers, FOR_EVER)
}

pub(super) async fn get_fixed(uri: OriginalUri, headers: HeaderMap) -> Result<Response, ApiError> {
    answer(uri.path(), &headers, ASK_EVERY_TIME)
}

fn answer(path: &str, asked: &HeaderMap, lasting: &'static str) -> Result<Response, ApiError> {
    let name = path.trim_start_matches('/');
    let kind = content_type(name).ok_or_else(|| ApiError::not_found("file"))?;
    let (file, coding) = stored(name, asked).ok_or_else(|| ApiError::not_found("file"))?;
    let mut response = file.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(lasting));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(coding) = coding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    Ok(response)
}

/// A file in the best encoding that it is stored in and the client takes.
fn stored(name: &str, asked: &HeaderMap) -> Option<(Cow<'static, [u8]>, Option<&'static str>)> {
    let encoded = STORED
        .into_iter()
        .filter(|(coding, _)| takes(asked, coding))
        .find_map(|(coding, end)| Some((Dist::get(&format!("{name}{end}"))?.data, Some(coding))));
    encoded.or_else(|| Some((Dist::get(name)?.data, None)))
}

/// Of the kinds of files that a build has; stored encodings aren't asked for by name.
fn content_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "woff2" => "font/woff2",
        _ => return None,
    })
}
