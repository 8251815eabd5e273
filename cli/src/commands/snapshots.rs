//! `sandboxctl snapshots`

use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::page::Page;
use super::tree;
use crate::client::{Body, Failure, Route};
use crate::output::{Table, age, bytes, confirm, snapshot_fields, text_of};
use crate::session::{Session, Waiting, id};

/// Snapshots: captured workspaces, to restore and to fork from
#[derive(Debug, Args)]
#[command(alias = "snapshot")]
pub(crate) struct Snapshots {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List snapshots, newest first: all, or those of an app
    #[command(alias = "ls")]
    List {
        /// The app's id or name
        app: Option<String>,
        /// Only of this kind: manual, safety or checkpoint
        #[arg(long)]
        kind: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Show which snapshot of an app came from which
    Tree {
        /// The app's id or name
        app: String,
    },
    /// Show a snapshot
    Get {
        #[command(flatten)]
        which: Which,
    },
    /// Capture the workspace of a sandbox
    Capture {
        /// The app's id or name, or its sandbox's id
        #[arg(value_name = "APP|SANDBOX")]
        sandbox: String,
        /// The snapshot's name
        name: String,
        /// Refuse if it runs, so that nothing is captured in the middle of a write
        #[arg(long)]
        stopped: bool,
        #[command(flatten)]
        wait: Waiting,
    },
    /// Put a snapshot in the place of an app's workspace
    Restore {
        #[command(flatten)]
        which: Which,
        /// Don't keep what is replaced as a snapshot
        #[arg(long)]
        no_safety_snapshot: bool,
        /// Cancel a task that is under way
        #[arg(long)]
        force: bool,
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
        #[command(flatten)]
        wait: Waiting,
    },
    /// Make new apps from a snapshot
    Fork(Fork),
    /// Show which files differ between two snapshots
    Diff {
        /// The newer one's id or name
        snapshot: String,
        /// The older one's; the one that it came from unless said
        against: Option<String>,
        /// In node_modules, .git and what .gitignore names, too
        #[arg(long)]
        all: bool,
    },
    /// Give a snapshot another name; a checkpoint that has one is kept
    Rename {
        #[command(flatten)]
        which: Which,
        /// The new name
        name: String,
    },
    /// Delete a snapshot
    #[command(alias = "rm")]
    Delete {
        #[command(flatten)]
        which: Which,
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
struct Which {
    /// Its id or name
    snapshot: String,
    /// The app to look for the name in, and to restore into or to fork: the one it was taken from
    /// unless said
    #[arg(long)]
    app: Option<String>,
}

#[derive(Debug, Args)]
struct Fork {
    #[command(flatten)]
    which: Which,
    /// How many, all or none
    #[arg(long, short = 'n', default_value_t = 1)]
    count: u32,
    /// Their name; numbered if there are several
    #[arg(long)]
    name: Option<String>,
    /// What becomes of the git history: one fresh commit, or as it is
    #[arg(long, default_value = "reset")]
    git: Git,
    /// Copy the config, secrets too
    #[arg(long)]
    copy_config: bool,
    #[command(flatten)]
    wait: Waiting,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Git {
    Reset,
    Keep,
}

/// The ids of a snapshot and of the app that something is done with.
struct Found {
    snapshot: String,
    app: String,
}

impl Which {
    async fn find(&self, session: &Session) -> Result<Found, Failure> {
        let app = match &self.app {
            Some(app) => Some(session.client.find_app_id(app).await?),
            None => None,
        };
        let found = session.client.find_snapshot(&self.snapshot, app.as_deref()).await;
        // One of another app may be restored into this one, by its id or by a name of its own.
        let found = match found {
            Err(Failure::Missing(_)) if app.is_some() => {
                session.client.find_snapshot(&self.snapshot, None).await?
            }
            found => found?,
        };
        let app = app.map_or_else(|| id(&found, "source_app_id"), Ok)?;
        Ok(Found { snapshot: id(&found, "id")?, app })
    }
}

impl Fork {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let found = self.which.find(session).await?;
        let git = if matches!(self.git, Git::Keep) { "keep" } else { "reset" };
        let mut body = json!({
            "snapshot_id": found.snapshot, "count": self.count, "git": git,
            "copy_config": self.copy_config,
        });
        if let Some(name) = self.name {
            body["name"] = name.into();
        }
        let route = Route::v1(["apps", &found.app, "fork"]);
        session.accepted(&session.client.post(&route, body).await?, self.wait).await
    }
}

impl Snapshots {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let client = &session.client;
        match self.verb {
            Verb::List { app, kind, page } => list(session, app, kind, &page).await,
            Verb::Tree { app } => tree::show(session, &app).await,
            Verb::Get { which } => {
                let found = which.find(session).await?;
                let answer = client.get(&Route::v1(["snapshots", &found.snapshot])).await?;
                session.out.show(&answer, snapshot_fields);
                Ok(())
            }
            Verb::Capture { sandbox, name, stopped, wait } => {
                let sandbox = client.find_sandbox_id(&sandbox).await?;
                let body = json!({ "source_sandbox_id": sandbox, "name": name, "live": !stopped });
                let accepted = client.post(&Route::v1(["snapshots"]), body).await?;
                session.accepted(&accepted, wait).await
            }
            Verb::Restore { which, no_safety_snapshot, force, yes, wait } => {
                let found = which.find(session).await?;
                if no_safety_snapshot {
                    let what = format!("replace the workspace of {} without keeping it", found.app);
                    confirm(&what, yes)?;
                }
                let body = json!({
                    "snapshot_id": found.snapshot, "safety_snapshot": !no_safety_snapshot,
                });
                let route = Route::v1(["apps", &found.app, "restore"]).flag("force", force);
                session.accepted(&client.post(&route, body).await?, wait).await
            }
            Verb::Fork(fork) => fork.run(session).await,
            Verb::Diff { snapshot, against, all } => diff(session, &snapshot, against, all).await,
            Verb::Rename { which, name } => {
                let found = which.find(session).await?;
                let route = Route::v1(["snapshots", &found.snapshot]);
                let body = Body::Json(json!({ "name": name }));
                let answer = client.send(Method::PATCH, &route, body).await?;
                session.out.show(&answer, snapshot_fields);
                Ok(())
            }
            Verb::Delete { which, yes } => {
                let found = which.find(session).await?;
                confirm(&format!("delete the snapshot {}", found.snapshot), yes)?;
                let route = Route::v1(["snapshots", &found.snapshot]);
                client.send(Method::DELETE, &route, Body::None).await?;
                session.out.note(&format!("deleted {}", found.snapshot));
                Ok(())
            }
        }
    }
}

async fn list(
    session: &Session,
    app: Option<String>,
    kind: Option<String>,
    page: &Page,
) -> Result<(), Failure> {
    let out = &session.out;
    let route = match app {
        Some(app) => {
            let app = session.client.find_app_id(&app).await?;
            Route::v1(["apps", &app, "snapshots"])
        }
        None => Route::v1(["snapshots"]),
    };
    let answer = session.client.get(&page.of(route).with("kind", kind)).await?;
    let columns = ["ID", "AGE", "KIND", "STATUS", "SIZE", "NAME"];
    out.list(&answer, "snapshots", &columns, |snapshot| {
        vec![
            text_of(snapshot, "id"),
            age(snapshot["created_at"].as_str(), out.now),
            text_of(snapshot, "kind"),
            text_of(snapshot, "status"),
            bytes(snapshot["size_bytes"].as_u64()),
            text_of(snapshot, "name"),
        ]
    });
    Ok(())
}

async fn diff(
    session: &Session,
    snapshot: &str,
    against: Option<String>,
    all: bool,
) -> Result<(), Failure> {
    let newer = session.client.find_snapshot(snapshot, None).await?;
    let older = match against {
        Some(against) => id(&session.client.find_snapshot(&against, None).await?, "id")?,
        None => newer["parent_snapshot_id"].as_str().map(str::to_owned).ok_or_else(|| {
            Failure::Usage("the snapshot came from no other; say which to compare with".into())
        })?,
    };
    show_diff(session, &id(&newer, "id")?, &older, all).await
}

/// Prints what has changed from one snapshot to another.
pub(super) async fn show_diff(
    session: &Session,
    snapshot: &str,
    against: &str,
    all: bool,
) -> Result<(), Failure> {
    let route =
        Route::v1(["snapshots", snapshot, "diff"]).with("against", Some(against)).flag("all", all);
    let answer = session.client.get(&route).await?;
    session.out.show(&answer, diff_lines);
    if answer.json()["truncated"] == true {
        session.out.note("there may be more: the list is full, or it took too long");
    }
    Ok(())
}

fn diff_lines(diff: &Value) -> String {
    let mut table = Table::new(&["", "SIZE", "PATH"]);
    for file in diff["files"].as_array().into_iter().flatten() {
        let size = match (file["size_before"].as_u64(), file["size"].as_u64()) {
            (None, None) => String::new(),
            (Some(before), None) => bytes(Some(before)),
            (None, size) => bytes(size),
            (before, size) if before == size => bytes(size),
            (before, size) => format!("{} → {}", bytes(before), bytes(size)),
        };
        let sign = match file["status"].as_str() {
            Some("added") => "+",
            Some("removed") => "-",
            _ => "~",
        };
        table.row(vec![sign.to_owned(), size, text_of(file, "path")]);
    }
    let count = |key: &str| diff[key].as_u64().unwrap_or(0);
    let sum = format!(
        "{} added, {} changed, {} removed\n",
        count("added"),
        count("changed"),
        count("removed")
    );
    if table.is_empty() { sum } else { format!("{table}{sum}") }
}
