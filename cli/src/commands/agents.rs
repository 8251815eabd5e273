//! `sandboxctl agents`

use clap::Args;

use crate::client::{Failure, Route};
use crate::output::text_of;
use crate::session::Session;

/// List agents; for an app, also whether they are ready, and what is missing
#[derive(Debug, Args)]
#[command(alias = "agent")]
pub(crate) struct Agents {
    /// The app's id or name
    app: Option<String>,
}

impl Agents {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let app = match &self.app {
            Some(app) => Some(session.client.find_app_id(app).await?),
            None => None,
        };
        let answer = session.client.get(&Route::v1(["agents"]).with("app_id", app)).await?;
        let columns = ["AGENT", "INSTALLED", "READY", "MISSING"];
        session.out.list(&answer, "agents", &columns, |agent| {
            let missing = agent["missing"].as_array().into_iter().flatten();
            let missing: Vec<&str> = missing.filter_map(|one| one.as_str()).collect();
            vec![
                text_of(agent, "agent"),
                text_of(agent, "installed"),
                text_of(agent, "ready"),
                missing.join("; "),
            ]
        });
        Ok(())
    }
}
