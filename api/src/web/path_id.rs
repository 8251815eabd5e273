//! Ids in paths. One that can't be an id is an unknown one.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use sandboxd_shared::ids::{
    AppId, DeliveryId, OperationId, PreviewTokenId, SandboxId, SnapshotId, TaskId, WebhookId,
};

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

impl Noun for TaskId {
    const NOUN: &str = "task";
}

impl Noun for PreviewTokenId {
    const NOUN: &str = "preview token";
}

impl Noun for WebhookId {
    const NOUN: &str = "webhook";
}

impl Noun for DeliveryId {
    const NOUN: &str = "delivery";
}

/// The id in a route's path.
#[derive(Debug)]
pub(crate) struct PathId<T>(pub(crate) T);

impl<T: Noun + ToSchema> IntoParams for PathId<T> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![in_path::<T>("id")]
    }
}

/// How the OpenAPI document describes an id in a path.
fn in_path<T: Noun + ToSchema>(name: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(format!("The id of the {}", T::NOUN)))
        .schema(Some(Ref::from_schema_name(T::name())))
        .build()
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

/// The ids in the path of a route to a thing inside another: `{id}` and `{<noun>_id}`.
#[derive(Debug)]
pub(crate) struct PathIds<A, B>(pub(crate) A, pub(crate) B);

impl<A: Noun + ToSchema, B: Noun + ToSchema> IntoParams for PathIds<A, B> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![in_path::<A>("id"), in_path::<B>(&format!("{}_id", B::NOUN))]
    }
}

impl<S: Send + Sync, A: Noun, B: Noun> FromRequestParts<S> for PathIds<A, B> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let outer = || ApiError::not_found(A::NOUN);
        let Path((one, other)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| outer())?;
        let one = one.parse().map_err(|_| outer())?;
        let other = other.parse().map_err(|_| ApiError::not_found(B::NOUN))?;
        Ok(Self(one, other))
    }
}
