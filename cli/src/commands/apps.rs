//! `sandboxctl apps`

use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::explore::{Adopt, Explore};
use super::page::Page;
use crate::client::{Body, Failure, Route};
use crate::output::{age, confirm, lines, text_of};
use crate::session::{Session, Waiting};

/// Apps: what sandboxes, snapshots and timelines belong to
#[derive(Debug, Args)]
#[command(alias = "app")]
pub(crate) struct Apps {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List apps, newest first
    #[command(alias = "ls")]
    List {
        /// Only those whose name or description has this text
        #[arg(long)]
        query: Option<String>,
        /// Only those with this tag
        #[arg(long)]
        tag: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Create an app
    Create {
        name: String,
        #[command(flatten)]
        about: About,
    },
    /// Show an app
    Get {
        /// Its id or name
        app: String,
    },
    /// Change an app
    Update {
        /// Its id or name
        app: String,
        /// Its new name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        about: About,
    },
    /// Try a prompt several times: forks, each with a task of its own; adopt the best
    Explore(Explore),
    /// Give an app the workspace of one of its forks; what is replaced is kept as a snapshot
    Adopt(Adopt),
    /// Delete an app with its sandbox and its config
    #[command(alias = "rm")]
    Delete {
        /// Its id or name
        app: String,
        /// What becomes of its snapshots
        #[arg(long, default_value = "keep")]
        snapshots: Snapshots,
        /// Cancel a task that is under way
        #[arg(long)]
        force: bool,
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
        #[command(flatten)]
        wait: Waiting,
    },
}

#[derive(Debug, Args)]
struct About {
    /// A longer text
    #[arg(long)]
    description: Option<String>,
    /// A tag to search by; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Snapshots {
    Keep,
    Delete,
}

impl About {
    fn add_to(self, body: &mut Value) {
        if let Some(description) = self.description {
            body["description"] = description.into();
        }
        if !self.tags.is_empty() {
            body["tags"] = self.tags.into();
        }
    }
}

impl Apps {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let (client, out) = (&session.client, &session.out);
        match self.verb {
            Verb::List { query, tag, page } => {
                let route = page.of(Route::v1(["apps"])).with("q", query).with("tag", tag);
                let answer = client.get(&route).await?;
                out.list(&answer, "apps", &["ID", "AGE", "SANDBOX", "NAME"], |app| {
                    vec![
                        text_of(app, "id"),
                        age(app["created_at"].as_str(), out.now),
                        text_of(app, "current_sandbox_id"),
                        text_of(app, "name"),
                    ]
                });
                Ok(())
            }
            Verb::Create { name, about } => {
                let mut body = json!({ "name": name });
                about.add_to(&mut body);
                let answer = client.post(&Route::v1(["apps"]), body).await?;
                out.show(&answer, app_fields);
                Ok(())
            }
            Verb::Get { app } => {
                let id = client.find_app_id(&app).await?;
                out.show(&client.get(&Route::v1(["apps", &id])).await?, app_fields);
                Ok(())
            }
            Verb::Update { app, name, about } => {
                let mut body = json!({});
                if let Some(name) = name {
                    body["name"] = name.into();
                }
                about.add_to(&mut body);
                let id = client.find_app_id(&app).await?;
                let route = Route::v1(["apps", &id]);
                let answer = client.send(Method::PATCH, &route, Body::Json(body)).await?;
                out.show(&answer, app_fields);
                Ok(())
            }
            Verb::Explore(explore) => explore.run(session).await,
            Verb::Adopt(adopt) => adopt.run(session).await,
            Verb::Delete { app, snapshots, force, yes, wait } => {
                let id = client.find_app_id(&app).await?;
                let all = matches!(snapshots, Snapshots::Delete);
                let with = if all { " with its snapshots" } else { "" };
                confirm(&format!("delete the app {app}{with}"), yes)?;
                let route = Route::v1(["apps", &id])
                    .with("snapshots", Some(if all { "delete" } else { "keep" }))
                    .flag("force", force);
                let answer = client.send(Method::DELETE, &route, Body::None).await?;
                session.accepted(&answer, wait).await
            }
        }
    }
}

fn app_fields(app: &Value) -> String {
    let tags = app["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
    lines(&[
        ("app", text_of(app, "id")),
        ("name", text_of(app, "name")),
        ("description", text_of(app, "description")),
        ("tags", tags.collect::<Vec<_>>().join(", ")),
        ("sandbox", text_of(app, "current_sandbox_id")),
        ("forked from", text_of(&app["forked_from"], "app_id")),
        ("created", text_of(app, "created_at")),
    ])
}
