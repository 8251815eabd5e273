//! `sandboxctl apps explore` and `apps adopt`: several answers to a prompt, and the best of them.

use clap::Args;
use serde_json::json;

use super::work::Work;
use crate::client::{Failure, Route};
use crate::output::confirm;
use crate::session::{Session, Waiting, id};

#[derive(Debug, Args)]
pub(super) struct Explore {
    /// The app's id or name
    app: String,
    /// What each child's agent is to do
    prompt: String,
    /// How many children
    #[arg(long, short = 'n', default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=16))]
    count: u8,
    /// The snapshot that they begin with, by id or name; the workspace as it is unless said
    #[arg(long)]
    snapshot: Option<String>,
    /// Give the children no config: agents that need a key find none
    #[arg(long)]
    no_config: bool,
    #[command(flatten)]
    wait: Waiting,
    #[command(flatten)]
    work: Work,
}

#[derive(Debug, Args)]
pub(super) struct Adopt {
    /// The app's id or name
    app: String,
    /// The fork whose workspace it gets, by id or name
    #[arg(long, value_name = "APP")]
    from: String,
    /// Keep the other children of its exploration
    #[arg(long)]
    keep_others: bool,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    wait: Waiting,
}

impl Explore {
    pub(super) async fn run(self, session: &Session) -> Result<(), Failure> {
        let app = session.client.find_app_id(&self.app).await?;
        let snapshot = match self.snapshot {
            Some(name) => Some(id(&session.client.find_snapshot(&name, Some(&app)).await?, "id")?),
            None => None,
        };
        let mut body = json!({
            "prompt": self.prompt, "count": self.count, "copy_config": !self.no_config,
        });
        if let Some(snapshot) = snapshot {
            body["snapshot_id"] = snapshot.into();
        }
        self.work.add_to(&mut body);
        let route = Route::v1(["apps", &app, "explore"]);
        session.accepted(&session.client.post(&route, body).await?, self.wait).await
    }
}

impl Adopt {
    pub(super) async fn run(self, session: &Session) -> Result<(), Failure> {
        let app = session.client.find_app_id(&self.app).await?;
        let from = session.client.find_app_id(&self.from).await?;
        if !self.keep_others {
            confirm("delete the other children of the exploration", self.yes)?;
        }
        let body = json!({ "from_app_id": from, "delete_others": !self.keep_others });
        let route = Route::v1(["apps", &app, "adopt"]);
        session.accepted(&session.client.post(&route, body).await?, self.wait).await
    }
}
