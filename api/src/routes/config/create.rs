//! `POST /v1/apps/{id}/config`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::app_config::seal;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{
    AccessPolicy, ConfigEntry, ConfigKey, ConfigValue, ErrorBody, ErrorCode, EventType, NewEvent,
};
use sandboxd_shared::ids::AppId;
use sandboxd_shared::secrets::Keys;
use sandboxd_shared::store::config::{self, Row};
use sandboxd_shared::store::{Connection, StoreError, events};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::entry::{EntryView, shown, told, without_value};
use super::limits;
use crate::auth::Tenant;
use crate::openapi::Conflict;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, Outcome, PathId, Post, Prefer, act, some};

/// A new entry.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "key": "API_KEY", "value": "a secret", "sensitive": true, "access_policy": "runtime_access"
})))]
pub(crate) struct CreateConfig {
    key: ConfigKey,
    value: ConfigValue,
    /// Whether the value is never shown again; `false` if not said.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    sensitive: Option<bool>,
    /// `control_plane_only` if not said: it reaches nobody.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    access_policy: Option<AccessPolicy>,
}

/// Adds an entry to an app's config
///
/// `HOME`, `HOST`, `PATH`, `PORT` and keys that begin with `SANDBOXD_` can only be
/// `control_plane_only`. All values of an app together have at most 512 KiB as JSON text.
#[utoipa::path(
    post, path = "/v1/apps/{id}/config", tag = "config",
    params(PathId<AppId>),
    request_body = CreateConfig,
    responses((status = 201, description = "The entry", body = EntryView), Conflict),
)]
pub(crate) async fn create_config(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    PathId(id): PathId<AppId>,
    Post { body, once }: Post<CreateConfig>,
) -> Result<Response, ApiError> {
    let policy = body.access_policy.unwrap_or(AccessPolicy::ControlPlaneOnly);
    policy.check_name(&body.key).map_err(|error| ApiError::field("key", error))?;
    let once = once.blinded(|text| api.keys.blind(text)).map_err(StoreError::from)?;
    let (owner, keys) = (tenant.clone(), api.keys.clone());
    act(&api, &tenant, &once, prefer, |conn, now| {
        Box::pin(async move {
            let app = lookup::app(conn, &owner, id).await?;
            if let Some(deleting) = app.active_operation_id {
                return Err(ErrorBody::in_progress(deleting).into());
            }
            let row = body.into_row(conn, &keys, id, policy, now).await?;
            if !config::insert(conn, id, &row).await? {
                return Err(taken(&row.entry.key).into());
            }
            let event = NewEvent::new(owner.as_str(), EventType::ConfigCreated)
                .app(id)
                .payload(told(&row.entry));
            events::append(conn, &event, now).await?;
            let location = format!("/v1/apps/{id}/config/{}", row.entry.key.as_str());
            let ring = keys.ring().map_err(StoreError::from)?;
            let answer = Answer::created(location, &shown(&ring, id, &row)?)
                // The value may become sensitive, and then isn't shown again by a replay either.
                .kept_as(&without_value(&row.entry));
            Ok(Outcome::Done(answer))
        })
    })
    .await
}

impl CreateConfig {
    async fn into_row(
        self,
        conn: &mut Connection,
        keys: &Keys,
        app: AppId,
        access_policy: AccessPolicy,
        now: Timestamp,
    ) -> Result<Row, ApiError> {
        if config::find(conn, app, &self.key).await?.is_some() {
            return Err(taken(&self.key).into());
        }
        limits::check(conn, app, &self.key, &self.value).await?;
        let ring = keys.ring().map_err(StoreError::from)?;
        let sealed = seal(&ring, app, &self.key, &self.value).map_err(StoreError::from)?;
        let entry = ConfigEntry {
            key: self.key,
            sensitive: self.sensitive.unwrap_or(false),
            access_policy,
            created_at: now,
            updated_at: now,
        };
        let json_bytes = i64::try_from(self.value.json_bytes()).unwrap_or(i64::MAX);
        Ok(Row { entry, sealed, json_bytes })
    }
}

fn taken(key: &ConfigKey) -> ErrorBody {
    ErrorBody::new(ErrorCode::Conflict, "the app has this key; change it with PATCH")
        .with_details(json!({ "key": key }))
}
