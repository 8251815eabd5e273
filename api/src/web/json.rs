//! Request bodies: read with limits, parsed with errors that name the field.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::ApiError;

/// The largest body that is read.
const BODY_MAX: usize = 1 << 20;
/// How much of a larger one is thrown away before it is refused: a client that is still sending
/// when its connection closes may never see the answer.
const DRAIN_MAX: usize = 16 << 20;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON object as body; none at all is `{}`.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        read_json(request).await.map(Self)
    }
}

/// Reads and parses a body that is a JSON object.
pub(crate) async fn read_json<T: DeserializeOwned>(request: Request) -> Result<T, ApiError> {
    parse(&read(request).await?)
}

/// Reads a body of JSON.
pub(super) async fn read(request: Request) -> Result<Bytes, ApiError> {
    let (parts, body) = request.into_parts();
    let bytes = tokio::time::timeout(BODY_TIMEOUT, collect(body))
        .await
        .map_err(|_| ApiError::invalid("the body did not arrive in time"))??;
    if bytes.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    if !is_json(&parts.headers) {
        let body = ErrorBody::new(
            ErrorCode::InvalidRequest,
            "send JSON, with Content-Type: application/json",
        );
        return Err(ApiError::WithStatus(StatusCode::UNSUPPORTED_MEDIA_TYPE, body));
    }
    Ok(bytes)
}

async fn collect(mut body: Body) -> Result<Bytes, ApiError> {
    let (mut bytes, mut seen) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::invalid("the body could not be read"))?;
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len();
        if seen > DRAIN_MAX {
            break;
        }
        if seen <= BODY_MAX {
            bytes.extend_from_slice(&data);
        }
    }
    if seen > BODY_MAX {
        let body = ErrorBody::new(
            ErrorCode::InvalidRequest,
            format!("a body has at most {BODY_MAX} bytes"),
        );
        return Err(ApiError::WithStatus(StatusCode::PAYLOAD_TOO_LARGE, body));
    }
    Ok(bytes.freeze())
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(CONTENT_TYPE).map(|value| value.to_str()) else {
        return false;
    };
    let media = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"))
}

/// Parses a JSON object.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let Object(value) =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| explain(&error))?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> ApiError {
    ApiError::invalid(format!("the body isn't JSON: {error}"))
}

fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    let inner = error.inner();
    if !inner.is_data() {
        return malformed(inner);
    }
    // serde_json adds the place to each text; the field says more.
    let text = inner.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    let path = error.path().to_string();
    name_field(&path, text)
}

/// A 400 for what serde said about a place, which may be the parent of the field in question.
pub(super) fn name_field(path: &str, text: &str) -> ApiError {
    let path = if path == "." { "" } else { path };
    let text = &unquoted(text);
    let quoted = ["unknown field `", "missing field `", "duplicate field `"]
        .iter()
        .find_map(|start| text.strip_prefix(start)?.split('`').next());
    let field = match quoted {
        Some(name) if path.is_empty() => name.to_owned(),
        Some(name) if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None if path.is_empty() => return ApiError::invalid(format!("the body: {text}")),
        None => path.to_owned(),
    };
    ApiError::field(&field, text)
}

/// What serde says of a value of the wrong kind without the value, which may be a secret.
fn unquoted(text: &str) -> String {
    let wrong = ["invalid type: ", "invalid value: "].iter().any(|start| text.starts_with(start));
    match text.rsplit_once(", expected ") {
        Some((_, expected)) if wrong => format!("must be {expected}"),
        _ => text.to_owned(),
    }
}

/// A value that is a JSON object; serde alone takes an array for a struct, too.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer).map(Self)
    }
}

/// For `deserialize_with`: the value must be a JSON object.
pub(crate) fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct MapOnly<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for MapOnly<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }
    deserializer.deserialize_map(MapOnly(PhantomData))
}

/// For `deserialize_with`, with `default`: tells a field that is null from one that is absent.
pub(crate) fn some<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
