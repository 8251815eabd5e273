//! Query strings, with errors that name the parameter.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::ApiError;
use super::json::name_field;

/// How axum begins the text of its error.
const AXUM_PREFIX: &str = "Failed to deserialize query string: ";

/// The parameters of a query string.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let text = rejection.body_text();
                let text = text.strip_prefix(AXUM_PREFIX).unwrap_or(&text);
                let (path, text) = match text.split_once(": ") {
                    Some((path, text)) if is_name(path) => (path, text),
                    _ => ("", text),
                };
                Err(name_field(path, text))
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A text to look for, bounded.
#[derive(Debug, Clone, ToSchema)]
#[schema(max_length = 200, examples("demo"))]
pub(crate) struct SearchText(pub(crate) String);

impl SearchText {
    const MAX: usize = 200;
}

impl<'de> Deserialize<'de> for SearchText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.chars().count() > Self::MAX {
            return Err(serde::de::Error::custom("must have at most 200 characters"));
        }
        Ok(Self(text))
    }
}
