//! `POST /v1/apps`

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{App, Description, EventType, ExternalId, Name, NewEvent, Tags};
use sandboxd_shared::ids::AppId;
use sandboxd_shared::store::{Connection, apps, events};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::server::Api;
use crate::web::{Answer, ApiError, Outcome, Post, Prefer, act};

/// What a new app is like.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Shop", "tags": ["demo"]})))]
pub(crate) struct CreateApp {
    name: Name,
    description: Option<Description>,
    tags: Option<Tags>,
    /// The id of a user in the caller's own system.
    external_user_id: Option<ExternalId>,
    /// The id of a project in the caller's own system.
    external_project_id: Option<ExternalId>,
}

/// Creates an app
#[utoipa::path(
    post, path = "/v1/apps", tag = "apps",
    request_body = CreateApp,
    responses((status = 201, description = "The app", body = App)),
)]
pub(crate) async fn create_app(
    State(api): State<Api>,
    tenant: Tenant,
    prefer: Prefer,
    Post { body, once }: Post<CreateApp>,
) -> Result<Response, ApiError> {
    let owner = tenant.clone();
    act(&api, &tenant, &once, prefer, |conn, now| {
        Box::pin(async move {
            let app = body.make(conn, &owner, now).await?;
            Ok(Outcome::Done(Answer::created(format!("/v1/apps/{}", app.id), &app)))
        })
    })
    .await
}

impl CreateApp {
    fn into_app(self, owner: String, now: Timestamp) -> App {
        let external = |id: Option<ExternalId>| id.map(|id| id.as_str().to_owned());
        App {
            id: AppId::generate(),
            owner,
            name: self.name.as_str().to_owned(),
            description: self.description.map(|text| text.as_str().to_owned()),
            tags: self.tags.unwrap_or_default().as_slice().to_vec(),
            external_user_id: external(self.external_user_id),
            external_project_id: external(self.external_project_id),
            current_sandbox_id: None,
            forked_from: None,
            active_operation_id: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// An app for a project in the caller's own system, named after it.
    pub(crate) fn of_project(user: ExternalId, project: ExternalId) -> Self {
        Self {
            name: project.to_name(),
            description: None,
            tags: None,
            external_user_id: Some(user),
            external_project_id: Some(project),
        }
    }

    /// Makes the app.
    pub(crate) async fn make(
        self,
        conn: &mut Connection,
        tenant: &Tenant,
        now: Timestamp,
    ) -> Result<App, ApiError> {
        let app = self.into_app(tenant.as_str().to_owned(), now);
        apps::insert(conn, &app).await?;
        let event = NewEvent::new(tenant.as_str(), EventType::AppCreated).app(app.id);
        events::append(conn, &event, now).await?;
        Ok(app)
    }
}
