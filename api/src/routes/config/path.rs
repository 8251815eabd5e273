//! The app and the key in a route's path. What can't be one is an unknown one.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use sandboxd_shared::domain::ConfigKey;
use sandboxd_shared::ids::AppId;
use sandboxd_shared::store::Connection;
use sandboxd_shared::store::config::{self, Row};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Ref, Required};
use utoipa::{IntoParams, ToSchema};

use crate::web::{ApiError, PathId};

/// `/v1/apps/{id}/config/{key}`
#[derive(Debug)]
pub(crate) struct EntryPath {
    pub(super) app: AppId,
    key: Option<ConfigKey>,
}

impl IntoParams for EntryPath {
    fn into_params(location: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let key = ParameterBuilder::new()
            .name("key")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("The entry's key"))
            .schema(Some(Ref::from_schema_name(ConfigKey::name())));
        let mut parameters = PathId::<AppId>::into_params(location);
        parameters.push(key.build());
        parameters
    }
}

impl<S: Send + Sync> FromRequestParts<S> for EntryPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let unknown = || ApiError::not_found("app");
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((app, key)) = path.map_err(|_| unknown())?;
        let app = app.parse().map_err(|_| unknown())?;
        Ok(Self { app, key: ConfigKey::parse(&key).ok() })
    }
}

impl EntryPath {
    /// The entry, if the app has one of this key. The app has been looked up for its tenant.
    pub(super) async fn find(&self, conn: &mut Connection) -> Result<Row, ApiError> {
        let found = match &self.key {
            Some(key) => config::find(conn, self.app, key).await?,
            None => None,
        };
        found.ok_or_else(|| ApiError::not_found("config key"))
    }
}
