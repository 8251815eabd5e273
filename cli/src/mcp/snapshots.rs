//! Tools for snapshots.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::{tool, tool_router};
use serde_json::json;

use super::arguments::{Capture, Diff, Fork, OneApp, Restore};
use super::limits::WAIT_DEFAULT;
use super::{Told, Tools, told, why};
use crate::client::{Answer, Failure, Route};
use crate::resolve::parse_id;
use crate::session::id;

#[tool_router(router = snapshots, vis = "pub(super)")]
impl Tools {
    #[tool(
        description = "Captures an app's workspace as a snapshot, in milliseconds whatever its size, also while it runs.",
        annotations(
            title = "Capture a snapshot",
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = false
        )
    )]
    async fn capture(&self, Parameters(wanted): Parameters<Capture>) -> Told {
        told(self.take(&wanted).await)
    }

    #[tool(
        description = "Lists an app's snapshots, newest first; parent_snapshot_id says which came from which.",
        annotations(title = "List snapshots", read_only_hint = true, open_world_hint = false)
    )]
    async fn list_snapshots(&self, Parameters(wanted): Parameters<OneApp>) -> Told {
        let app = self.client.find_app_id(&wanted.app).await.map_err(|failure| why(&failure))?;
        told(self.client.get(&Route::v1(["apps", &app, "snapshots"])).await)
    }

    #[tool(
        description = "Puts a snapshot in the place of an app's workspace; the address stays. What is replaced is \
                       kept as a snapshot first, which result.safety_snapshot_id names.",
        annotations(
            title = "Restore a snapshot",
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn restore(&self, Parameters(wanted): Parameters<Restore>) -> Told {
        told(self.bring_back(&wanted).await)
    }

    #[tool(
        description = "Makes new apps from a snapshot, each with a sandbox that runs. The source stays as it is.",
        annotations(
            title = "Fork a snapshot",
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = false
        )
    )]
    async fn fork(&self, Parameters(wanted): Parameters<Fork>) -> Told {
        told(self.multiply(wanted).await)
    }

    #[tool(
        description = "Lists the files in which two snapshots differ.",
        annotations(title = "Compare snapshots", read_only_hint = true, open_world_hint = false)
    )]
    async fn diff_snapshots(&self, Parameters(wanted): Parameters<Diff>) -> Told {
        let (newer, older) = (parse_id(&wanted.snapshot)?, parse_id(&wanted.against)?);
        let route = Route::v1(["snapshots", &newer, "diff"]).with("against", Some(older));
        told(self.client.get(&route).await)
    }
}

impl Tools {
    async fn take(&self, wanted: &Capture) -> Result<Answer, Failure> {
        let sandbox = self.client.find_sandbox_id(&wanted.app).await?;
        let body = json!({ "source_sandbox_id": sandbox, "name": wanted.name, "live": true });
        let accepted = self.client.post(&Route::v1(["snapshots"]), body).await?;
        self.ended(&accepted, WAIT_DEFAULT).await
    }

    async fn bring_back(&self, wanted: &Restore) -> Result<Answer, Failure> {
        let app = self.client.find_app_id(&wanted.app).await?;
        let snapshot = self.client.find_snapshot(&wanted.snapshot, Some(&app)).await?;
        let route = Route::v1(["apps", &app, "restore"]).flag("force", wanted.force);
        let body = json!({ "snapshot_id": id(&snapshot, "id")? });
        self.ended(&self.client.post(&route, body).await?, WAIT_DEFAULT).await
    }

    async fn multiply(&self, wanted: Fork) -> Result<Answer, Failure> {
        let app = self.client.find_app_id(&wanted.app).await?;
        let snapshot = self.client.find_snapshot(&wanted.snapshot, Some(&app)).await?;
        let mut body =
            json!({ "snapshot_id": id(&snapshot, "id")?, "copy_config": wanted.copy_config });
        if let Some(count) = wanted.count {
            body["count"] = count.into();
        }
        if let Some(name) = wanted.name {
            body["name"] = name.into();
        }
        let accepted = self.client.post(&Route::v1(["apps", &app, "fork"]), body).await?;
        self.ended(&accepted, WAIT_DEFAULT).await
    }
}
