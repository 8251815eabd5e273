//! Tools for apps, their sandboxes, operations and timelines.

use reqwest::Method;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::{tool, tool_router};
use serde_json::{Value, json};

use super::arguments::{
    CreateApp, DeleteApp, GetEvents, ListApps, OneApp, OneOperation, PreviewUrl, StopSandbox,
    WaitOperation,
};
use super::limits::{WAIT_DEFAULT, wait};
use super::{Told, Tools, told, why};
use crate::client::{Answer, Body, Failure, Route};
use crate::output::text_of;
use crate::resolve::parse_id;
use crate::session::id;

#[tool_router(router = apps, vis = "pub(super)")]
impl Tools {
    #[tool(
        description = "Creates an app and its sandbox from a template, and waits until it runs. The result is \
                       the operation; result.app.id and result.sandbox.preview.url are in it.",
        annotations(
            title = "Create an app",
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = false
        )
    )]
    async fn create_app(&self, Parameters(wanted): Parameters<CreateApp>) -> Told {
        told(self.make(wanted).await)
    }

    #[tool(
        description = "Lists apps, newest first.",
        annotations(title = "List apps", read_only_hint = true, open_world_hint = false)
    )]
    async fn list_apps(&self, Parameters(wanted): Parameters<ListApps>) -> Told {
        let route = Route::v1(["apps"]).with("q", wanted.query).with("limit", wanted.limit);
        told(self.client.get(&route).await)
    }

    #[tool(
        description = "Shows an app's sandbox: its status, ports, preview, and what is under way.",
        annotations(title = "Show a sandbox", read_only_hint = true, open_world_hint = false)
    )]
    async fn get_sandbox(&self, Parameters(wanted): Parameters<OneApp>) -> Told {
        let found = self.client.find_sandbox(&wanted.app).await;
        found.map(|sandbox| sandbox.to_string()).map_err(|failure| why(&failure))
    }

    #[tool(
        description = "Starts an app's sandbox and waits until it runs; also heals one whose container is gone.",
        annotations(
            title = "Start a sandbox",
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn start_sandbox(&self, Parameters(wanted): Parameters<OneApp>) -> Told {
        told(self.act(&wanted.app, "start", false).await)
    }

    #[tool(
        description = "Stops an app's sandbox: its processes end, its workspace stays.",
        annotations(
            title = "Stop a sandbox",
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn stop_sandbox(&self, Parameters(wanted): Parameters<StopSandbox>) -> Told {
        told(self.act(&wanted.app, "stop", wanted.force).await)
    }

    #[tool(
        description = "Deletes an app with its sandbox, its workspace and its config, for good.",
        annotations(
            title = "Delete an app",
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn delete_app(&self, Parameters(wanted): Parameters<DeleteApp>) -> Told {
        told(self.remove(&wanted).await)
    }

    #[tool(
        description = "The address at which an app's web server is seen. A sleeping sandbox wakes when it is \
                       visited; that of a private one needs a link that its owner makes.",
        annotations(title = "Preview address", read_only_hint = true, open_world_hint = false)
    )]
    async fn preview_url(&self, Parameters(wanted): Parameters<PreviewUrl>) -> Told {
        let sandbox =
            self.client.find_sandbox(&wanted.app).await.map_err(|failure| why(&failure))?;
        let preview = &sandbox["preview"];
        let url = match wanted.port {
            None => text_of(preview, "url"),
            Some(port) => text_of(&preview["urls"], &port.to_string()),
        };
        if url.is_empty() {
            return Err(format!("the sandbox serves no such port; it has {}", sandbox["ports"]));
        }
        let (status, visibility) = (&preview["status"], &sandbox["visibility"]);
        Ok(json!({ "url": url, "status": status, "visibility": visibility }).to_string())
    }

    #[tool(
        description = "Lists what happened: of an app, or of all. Payloads hold flags, counts and ids, never output.",
        annotations(title = "Timeline", read_only_hint = true, open_world_hint = false)
    )]
    async fn get_events(&self, Parameters(wanted): Parameters<GetEvents>) -> Told {
        told(self.events(wanted).await)
    }

    #[tool(
        description = "Waits for an operation's end. If its status is still queued or running, call this again.",
        annotations(
            title = "Wait for an operation",
            read_only_hint = true,
            open_world_hint = false
        )
    )]
    async fn wait_operation(&self, Parameters(wanted): Parameters<WaitOperation>) -> Told {
        let operation = parse_id(&wanted.operation)?;
        told(self.ended_by_id(&operation, wait(wanted.wait_seconds)).await)
    }

    #[tool(
        description = "Cancels an operation; what it had half done is undone or finished.",
        annotations(
            title = "Cancel an operation",
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn cancel_operation(&self, Parameters(wanted): Parameters<OneOperation>) -> Told {
        let operation = parse_id(&wanted.operation)?;
        let route = Route::v1(["operations", &operation, "cancel"]);
        told(self.client.post(&route, json!({})).await)
    }
}

impl Tools {
    async fn make(&self, wanted: CreateApp) -> Result<Answer, Failure> {
        let mut body = json!({ "name": wanted.name });
        if let Some(description) = wanted.description {
            body["description"] = description.into();
        }
        let app = id(&self.client.post(&Route::v1(["apps"]), body).await?.json(), "id")?;
        let mut body = json!({});
        if let Some(template) = wanted.template {
            body["template"] = template.into();
        }
        let made = self.client.post(&Route::v1(["apps", &app, "sandbox"]), body).await;
        // The app is there, whatever became of its sandbox: a second call would make another.
        let and_app = |failure: Failure| match failure {
            Failure::Refused(mut refusal) => {
                refusal.message = format!("{} (the app {app} is made)", refusal.message);
                Failure::Refused(refusal)
            }
            failure => failure,
        };
        self.ended(&made.map_err(and_app)?, WAIT_DEFAULT).await
    }

    async fn act(&self, app: &str, verb: &str, force: bool) -> Result<Answer, Failure> {
        let sandbox = self.client.find_sandbox_id(app).await?;
        let route = Route::v1(["sandboxes", &sandbox, verb]).flag("force", force);
        self.ended(&self.client.post(&route, json!({})).await?, WAIT_DEFAULT).await
    }

    async fn remove(&self, wanted: &DeleteApp) -> Result<Answer, Failure> {
        let app = self.client.find_app_id(&wanted.app).await?;
        let snapshots = if wanted.delete_snapshots { "delete" } else { "keep" };
        let route = Route::v1(["apps", &app]).with("snapshots", Some(snapshots));
        let accepted = self.client.send(Method::DELETE, &route, Body::None).await?;
        self.ended(&accepted, WAIT_DEFAULT).await
    }

    async fn events(&self, wanted: GetEvents) -> Result<Answer, Failure> {
        let route = match &wanted.app {
            Some(app) => {
                let app: Value = self.client.find_app(app).await?;
                Route::v1(["apps", &id(&app, "id")?, "events"])
            }
            None => Route::v1(["events"]),
        };
        let route = route
            .with("type", wanted.kind)
            .with("severity", wanted.severity)
            .with("after", wanted.after)
            .with("limit", wanted.limit);
        self.client.get(&route).await
    }
}
