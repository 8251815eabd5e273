//! Ids in paths. One that can't be an id is an unknown one.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use sandboxd_shared::ids::{AppId, OperationId, SandboxId, SnapshotId};

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Ref, Required};
use utoipa::{IntoParams, ToSchema};

use super::ApiError;

/// What an id is of, in words for a person.
pub(crate) trait Noun: FromStr {
    const NOUN: &str;
}

impl Noun for AppId {
    const NOUN: &str = "app";
}

impl Noun for SandboxId {
    const NOUN: &str = "sandbox";
}

impl Noun for SnapshotId {
    const NOUN: &str = "snapshot";
}

impl Noun for OperationId {
    const NOUN: &str = "operation";
}

/// The id in a route's path.
#[derive(Debug)]
pub(crate) struct PathId<T>(pub(crate) T);

impl<T: Noun + ToSchema> IntoParams for PathId<T> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let id = ParameterBuilder::new()
            .name("id")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(format!("The id of the {}", T::NOUN)))
            .schema(Some(Ref::from_schema_name(T::name())));
        vec![id.build()]
    }
}

impl<S: Send + Sync, T: Noun> FromRequestParts<S> for PathId<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let unknown = || ApiError::not_found(T::NOUN);
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| unknown())?;
        text.parse().map(Self).map_err(|_| unknown())
    }
}
