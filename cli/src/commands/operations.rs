//! `sandboxctl operations`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::page::Page;
use super::retry;
use super::tasks::cancelled;
use crate::client::{Failure, Route};
use crate::output::{Table, age, describe, duration, lines, text_of};
use crate::resolve::parse_id;
use crate::session::{Session, Waiting};

/// Operations: what requests have started
#[derive(Debug, Args)]
#[command(alias = "operation", alias = "ops")]
pub(crate) struct Operations {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List operations, newest first
    #[command(alias = "ls")]
    List {
        /// Only those of this app: its id or name
        #[arg(long)]
        app: Option<String>,
        /// Only those in this state: queued, running, succeeded, failed or cancelled
        #[arg(long)]
        status: Option<String>,
        /// Only those of this kind, such as sandbox.start
        #[arg(long)]
        kind: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Show an operation with its steps
    Get {
        #[arg(value_parser = parse_id)]
        operation: String,
    },
    /// Wait for an operation's end, with its steps as they come
    Wait {
        #[arg(value_parser = parse_id)]
        operation: String,
    },
    /// Cancel an operation; what it had half done is undone or finished
    Cancel {
        #[arg(value_parser = parse_id)]
        operation: String,
        #[command(flatten)]
        wait: Waiting,
    },
    /// Ask again for what a failed or cancelled operation was to do
    Retry {
        #[arg(value_parser = parse_id)]
        operation: String,
        #[command(flatten)]
        wait: Waiting,
    },
}

impl Operations {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let (client, out) = (&session.client, &session.out);
        match self.verb {
            Verb::List { app, status, kind, page } => {
                let app = match app {
                    Some(app) => Some(client.find_app_id(&app).await?),
                    None => None,
                };
                let route = page
                    .of(Route::v1(["operations"]))
                    .with("app_id", app)
                    .with("status", status)
                    .with("kind", kind);
                let answer = client.get(&route).await?;
                let columns = ["ID", "AGE", "KIND", "STATUS", "ATTEMPT", "ERROR"];
                out.list(&answer, "operations", &columns, |operation| {
                    vec![
                        text_of(operation, "id"),
                        age(operation["created_at"].as_str(), out.now),
                        text_of(operation, "kind"),
                        text_of(operation, "status"),
                        format!("{}/{}", operation["attempt"], operation["max_attempts"]),
                        text_of(&operation["error"], "code"),
                    ]
                });
                Ok(())
            }
            Verb::Get { operation } => {
                let answer = client.get(&Route::v1(["operations", &operation])).await?;
                out.show(&answer, |operation| steps(operation) + &describe(operation));
                Ok(())
            }
            Verb::Wait { operation } => {
                let answer = client.get(&Route::v1(["operations", &operation])).await?;
                session.show_end(&session.wait_for(&answer).await?)
            }
            Verb::Cancel { operation, wait } => {
                let route = Route::v1(["operations", &operation, "cancel"]);
                cancelled(session, &client.post(&route, json!({})).await?, wait).await
            }
            Verb::Retry { operation, wait } => {
                let answer = client.get(&Route::v1(["operations", &operation])).await?;
                session.accepted(&retry::again(client, &answer.json()).await?, wait).await
            }
        }
    }
}

/// What it did, step by step, and why it failed.
fn steps(operation: &Value) -> String {
    let mut table = Table::new(&["STEP", "STATUS", "TOOK"]);
    for step in operation["steps"].as_array().into_iter().flatten() {
        let took = duration(step["duration_ms"].as_u64());
        table.row(vec![text_of(step, "name"), text_of(step, "status"), took]);
    }
    let error = &operation["error"];
    let error = match error["message"].as_str() {
        Some(message) => format!("{message} ({})", text_of(error, "code")),
        None => String::new(),
    };
    let head = lines(&[
        ("kind", text_of(operation, "kind")),
        ("status", text_of(operation, "status")),
        ("attempt", format!("{} of {}", operation["attempt"], operation["max_attempts"])),
        ("worker", text_of(operation, "worker")),
        ("error", error),
    ]);
    if table.is_empty() { head } else { format!("{head}\n{table}\n") }
}
