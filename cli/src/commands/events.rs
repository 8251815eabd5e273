//! `sandboxctl events`

use clap::Args;
use serde_json::Value;

use crate::client::{Failure, Follow, Followed, Route};
use crate::output::{clean, text_of};
use crate::resolve::parse_id;
use crate::session::{Session, or_interrupted};

/// Before all events.
const BEGINNING: &str = "00000000000000000000000000";

/// Show the timeline, oldest first
#[derive(Debug, Args)]
#[command(alias = "event")]
pub(crate) struct Events {
    /// Of this app: its id or name
    #[arg(long)]
    app: Option<String>,
    /// Of this task
    #[arg(long, value_parser = parse_id, conflicts_with = "app")]
    task: Option<String>,
    /// Of this operation
    #[arg(long, value_parser = parse_id)]
    operation: Option<String>,
    /// Only of this type, such as sandbox.started
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Only of this severity: info, warning or error
    #[arg(long)]
    severity: Option<String>,
    /// Only what comes after the event with this id
    #[arg(long, value_name = "ID", value_parser = parse_id)]
    after: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
    limit: u16,
    /// Go on with what happens, until interrupted
    #[arg(long, short)]
    follow: bool,
}

impl Events {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let route = self.route(session).await?;
        // With a cursor a stream begins there; otherwise what there is comes first, as a page.
        let mut last = self.after.clone();
        if !(self.follow && last.is_some()) {
            let page = route.clone().with("limit", Some(self.limit)).with("after", last.as_ref());
            let answer = session.client.get(&page).await?;
            if session.out.json && !self.follow {
                session.out.raw(&answer.body);
                return Ok(());
            }
            let mut events = answer.json()["events"].as_array().cloned().unwrap_or_default();
            // A page with a cursor is oldest first already.
            events.sort_by_key(|event| text_of(event, "id"));
            for event in &events {
                print(session, event, &event.to_string());
            }
            last = events
                .last()
                .map(|event| text_of(event, "id"))
                .or(last)
                .or(Some(BEGINNING.to_owned()));
        }
        if !self.follow {
            return Ok(());
        }
        let come_back = "go on after the last event: sandboxctl events --follow --after ID";
        or_interrupted(follow(session, route, last), come_back.to_owned()).await
    }

    async fn route(&self, session: &Session) -> Result<Route, Failure> {
        let route = match (&self.app, &self.task) {
            (Some(app), _) => {
                let app = session.client.find_app_id(app).await?;
                Route::v1(["apps", &app, "events"])
            }
            (None, Some(task)) => Route::v1(["tasks", task, "events"]),
            (None, None) => Route::v1(["events"]),
        };
        Ok(route
            .with("type", self.kind.as_ref())
            .with("severity", self.severity.as_ref())
            .with("operation_id", self.operation.as_ref()))
    }
}

async fn follow(session: &Session, route: Route, last: Option<String>) -> Result<(), Failure> {
    let mut stream = Follow::new(&session.client, route, last);
    loop {
        let event = match stream.next().await? {
            Followed::Event(event) => event,
            Followed::Quiet => continue,
            Followed::End => return Ok(()),
        };
        let parsed: Value = serde_json::from_str(&event.data).unwrap_or_default();
        print(session, &parsed, &event.data);
    }
}

/// One event: a line of JSON, or a line.
fn print(session: &Session, event: &Value, json: &str) {
    if session.out.json {
        return session.out.raw(json.as_bytes());
    }
    let text = |key: &str| clean(&text_of(event, key));
    let mut line = format!("{}  {}  {}", text("created_at"), text("id"), text("type"));
    if event["severity"] != "info" {
        line += &format!(" [{}]", text("severity"));
    }
    session.out.print(&format!("{line}  {}", text("message")));
}
