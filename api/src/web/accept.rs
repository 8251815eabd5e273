//! What a client would like to have.

use http::HeaderMap;
use http::header::ACCEPT;

/// Whether a client names a media type in its `Accept`.
pub(crate) fn accepts(headers: &HeaderMap, media: &str) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|value| value.split(','))
        .filter_map(|named| named.split(';').next())
        .any(|named| named.trim().eq_ignore_ascii_case(media))
}

/// Whether a client wants server-sent events.
pub(crate) fn wants_events(headers: &HeaderMap) -> bool {
    accepts(headers, "text/event-stream")
}
